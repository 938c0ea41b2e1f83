#include "feeds/row.h"

/* Country of a cloud's region, by the start of its name; the longest that fits. The names are the
 * clouds' own; what lies where is (bg). */
struct place { const char *start, *country; };
static const struct place aws_places[] = {
    { "us-", "US" },
    { "ca-", "CA" },
    { "mx-central-1", "MX" },
    { "sa-east-1", "BR" },
    { "eu-west-1", "IE" },
    { "eu-west-2", "GB" },
    { "eu-west-3", "FR" },
    { "eu-central-1", "DE" },
    { "eu-central-2", "CH" },
    { "eu-north-1", "SE" },
    { "eu-south-1", "IT" },
    { "eu-south-2", "ES" },
    { "ap-northeast-1", "JP" },
    { "ap-northeast-2", "KR" },
    { "ap-northeast-3", "JP" },
    { "ap-southeast-1", "SG" },
    { "ap-southeast-2", "AU" },
    { "ap-southeast-3", "ID" },
    { "ap-southeast-4", "AU" },
    { "ap-southeast-5", "MY" },
    { "ap-southeast-7", "TH" },
    { "ap-south-1", "IN" },
    { "ap-south-2", "IN" },
    { "ap-east-1", "HK" },
    { "ap-east-2", "TW" },
    { "me-south-1", "BH" },
    { "me-central-1", "AE" },
    { "il-central-1", "IL" },
    { "af-south-1", "ZA" },
    { "cn-north-1", "CN" },
    { "cn-northwest-1", "CN" },
};
static const struct place azure_places[] = {
    { "eastus", "US" },
    { "westus", "US" },
    { "centralus", "US" },
    { "northcentralus", "US" },
    { "southcentralus", "US" },
    { "westcentralus", "US" },
    { "usgov", "US" },
    { "usdod", "US" },
    { "canadacentral", "CA" },
    { "canadaeast", "CA" },
    { "mexicocentral", "MX" },
    { "brazilsouth", "BR" },
    { "brazilse", "BR" },
    { "brazilsoutheast", "BR" },
    { "chilecentral", "CL" },
    { "northeurope", "IE" },
    { "westeurope", "NL" },
    { "uksouth", "GB" },
    { "ukwest", "GB" },
    { "francecentral", "FR" },
    { "francesouth", "FR" },
    { "germanywestcentral", "DE" },
    { "germanynorth", "DE" },
    { "switzerlandnorth", "CH" },
    { "switzerlandwest", "CH" },
    { "norwayeast", "NO" },
    { "norwaywest", "NO" },
    { "swedencentral", "SE" },
    { "swedensouth", "SE" },
    { "polandcentral", "PL" },
    { "italynorth", "IT" },
    { "spaincentral", "ES" },
    { "austriaeast", "AT" },
    { "belgiumcentral", "BE" },
    { "denmarkeast", "DK" },
    { "japaneast", "JP" },
    { "japanwest", "JP" },
    { "koreacentral", "KR" },
    { "koreasouth", "KR" },
    { "southeastasia", "SG" },
    { "eastasia", "HK" },
    { "indonesiacentral", "ID" },
    { "malaysiawest", "MY" },
    { "newzealandnorth", "NZ" },
    { "australiaeast", "AU" },
    { "australiasoutheast", "AU" },
    { "australiacentral", "AU" },
    { "centralindia", "IN" },
    { "southindia", "IN" },
    { "westindia", "IN" },
    { "jioindia", "IN" },
    { "uaenorth", "AE" },
    { "uaecentral", "AE" },
    { "qatarcentral", "QA" },
    { "israelcentral", "IL" },
    { "southafricanorth", "ZA" },
    { "southafricawest", "ZA" },
    { "chinanorth", "CN" },
    { "chinaeast", "CN" },
};
static const struct place lambda_places[] = {
    { "us-", "US" },
    { "europe-central-1", "DE" },
    { "europe-south-1", "IT" },
    { "asia-northeast-1", "JP" },
    { "asia-northeast-2", "JP" },
    { "asia-south-1", "IN" },
    { "me-west-1", "IL" },
    { "australia-east-1", "AU" },
    { "australia-southeast-1", "AU" },
};
/* Google's, and what tables of several clouds call theirs. */
static const struct place other_places[] = {
    { "us-", "US" },
    { "eastus", "US" },
    { "northamerica-northeast", "CA" },
    { "southamerica-east", "BR" },
    { "southamerica-west", "CL" },
    { "europe-west1", "BE" },
    { "europe-west2", "GB" },
    { "europe-west3", "DE" },
    { "europe-west4", "NL" },
    { "europe-west6", "CH" },
    { "europe-west8", "IT" },
    { "europe-west9", "FR" },
    { "europe-west10", "DE" },
    { "europe-west12", "IT" },
    { "europe-north1", "FI" },
    { "europe-southwest1", "ES" },
    { "europe-central2", "PL" },
    { "asia-east1", "TW" },
    { "asia-east2", "HK" },
    { "asia-northeast1", "JP" },
    { "asia-northeast2", "JP" },
    { "asia-northeast3", "KR" },
    { "asia-south1", "IN" },
    { "asia-south2", "IN" },
    { "asia-southeast1", "SG" },
    { "asia-southeast2", "ID" },
    { "australia-southeast", "AU" },
    { "me-west1", "IL" },
    { "me-central1", "QA" },
    { "me-central2", "SA" },
    { "africa-south1", "ZA" },
};

static const struct { const char *provider; const struct place *at; u32 n; } clouds[] = {
    { "aws", aws_places, ARRAY_LEN(aws_places) },
    { "azure", azure_places, ARRAY_LEN(azure_places) },
    { "lambda", lambda_places, ARRAY_LEN(lambda_places) },
};

/* What sort of seller a provider is; not here: a neocloud. */
static const struct { const char *provider; u8 channel; } channels[] = {
    { "aws", CHANNEL_HYPERSCALER },
    { "azure", CHANNEL_HYPERSCALER },
    { "gcp", CHANNEL_HYPERSCALER },
    { "vast.ai", CHANNEL_MARKETPLACE },
    { "tensordock", CHANNEL_MARKETPLACE },
    { "sfcompute", CHANNEL_MARKETPLACE },
    { "primeintellect", CHANNEL_MARKETPLACE },
    { "primecompute", CHANNEL_MARKETPLACE },
    { "spheron", CHANNEL_MARKETPLACE },
    { "dc_gnu", CHANNEL_MARKETPLACE },
    { "dc_roan", CHANNEL_MARKETPLACE },
    { "dc_wildebeest", CHANNEL_MARKETPLACE },
};

u8 channel_of(Str provider)
{
    for (u32 i = 0; i < ARRAY_LEN(channels); i++)
        if (str_is(provider, channels[i].provider)) return channels[i].channel;
    return CHANNEL_NEOCLOUD;
}

const char *region_country(const char *provider, Str region)
{
    const struct place *at = other_places;
    u32 n = ARRAY_LEN(other_places), best = 0;
    const char *country = NULL;
    for (u32 i = 0; i < ARRAY_LEN(clouds); i++)
        if (strcmp(provider, clouds[i].provider) == 0) at = clouds[i].at, n = clouds[i].n;
    for (u32 i = 0; i < n; i++) {
        Str start = str_of(at[i].start);
        bool fits = region.n >= start.n && memcmp(region.at, start.at, start.n) == 0;
        if (fits && start.n > best) best = start.n, country = at[i].country;
    }
    return country;
}

bool region_text(const char *provider, Str region, char *buf, Str *out)
{
    struct text t = text_on(buf, 40);
    const char *country = region_country(provider, region);
    if (!country) return false;
    text_put(&t, country);
    text_put_char(&t, '/');
    text_put_str(&t, region);
    *out = (Str){ t.at, t.n };
    return !t.cut;
}

/* ---- chips ---- */

/* A product's name as marketplaces write it, word by word; the first row that fits. `words` are
 * looked for one after the other as whole words ("A100" is not in "A100X"). */
static const struct { const char *words[2]; u8 class; } chips[] = {
    { { "GB300", NULL }, GPU_GB300 },
    { { "GB200", NULL }, GPU_GB200 },
    { { "GH200", NULL }, GPU_GH200 },
    { { "B300", NULL }, GPU_B300 },
    { { "B200", NULL }, GPU_B200 },
    { { "H200", NULL }, GPU_H200 },
    { { "H100", NULL }, GPU_H100 },
    { { "A100", NULL }, GPU_A100_40 }, /* or A100_80: by the memory */
    { { "MI300X", NULL }, GPU_MI300X },
    { { "MI325X", NULL }, GPU_MI325X },
    { { "MI350X", NULL }, GPU_MI350X },
    { { "MI355X", NULL }, GPU_MI355X },
    { { "PRO", "6000" }, GPU_RTXPRO6000 },
    { { "PRO", "4500" }, GPU_RTXPRO4500 },
    { { "L40S", NULL }, GPU_L40S },
    { { "L40", NULL }, GPU_L40 },
    { { "L4", NULL }, GPU_L4 },
    { { "A10G", NULL }, GPU_A10G },
    { { "A10", NULL }, GPU_A10 },
    { { "A6000", NULL }, GPU_A6000 },
    { { "V100", NULL }, GPU_V100 },
    { { "P100", NULL }, GPU_P100 },
    { { "T4", NULL }, GPU_T4 },
};
static const struct { const char *word; u8 form; } forms[] = {
    { "SXM", GPU_FORM_SXM },   { "SXM2", GPU_FORM_SXM }, { "SXM3", GPU_FORM_SXM },
    { "SXM4", GPU_FORM_SXM },  { "SXM5", GPU_FORM_SXM }, { "SXM6", GPU_FORM_SXM },
    { "HBM3", GPU_FORM_SXM }, /* the driver's "H100 80GB HBM3" is the SXM board (bg) */
    { "NVL", GPU_FORM_NVL },   { "PCIE", GPU_FORM_PCIE }, { "PCI", GPU_FORM_PCIE },
    { "OAM", GPU_FORM_OAM },
};

static char upper(char c) { return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c; }
static bool in_word(char c)
{
    c = upper(c);
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Is `word` (capitals) a whole word of s, whatever its case? Its end, 0: no. */
static u32 word_in(Str s, const char *word)
{
    u32 n = str_of(word).n;
    for (u32 i = 0; i + n <= s.n; i++) {
        u32 k = 0;
        while (k < n && upper(s.at[i + k]) == word[k]) k++;
        bool whole =
            k == n && (!i || !in_word(s.at[i - 1])) && (i + n == s.n || !in_word(s.at[i + n]));
        if (whole) return i + n;
    }
    return 0;
}

bool gpu_of_name(Str name, u32 memory_gb, u8 *class, u8 *form)
{
    *class = GPU_NONE, *form = GPU_FORM_UNKNOWN;
    for (u32 i = 0; i < ARRAY_LEN(chips) && !*class; i++) {
        bool all = word_in(name, chips[i].words[0]);
        if (all && chips[i].words[1]) all = word_in(name, chips[i].words[1]);
        if (all) *class = chips[i].class;
    }
    if (*class == GPU_A100_40) {
        bool large = memory_gb ? memory_gb >= 60 : word_in(name, "80GB") || word_in(name, "80");
        bool small = memory_gb ? memory_gb < 60 : word_in(name, "40GB") || word_in(name, "40");
        *class = large ? GPU_A100_80 : small ? GPU_A100_40 : GPU_NONE;
    }
    for (u32 i = 0; i < ARRAY_LEN(forms) && *form == GPU_FORM_UNKNOWN; i++)
        if (word_in(name, forms[i].word)) *form = forms[i].form;
    return *class != GPU_NONE;
}
