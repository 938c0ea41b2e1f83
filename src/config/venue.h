/* venue.h -- venue.yaml: what a venue is made of before its first command.
 * Owns:   the venue's record: name, capacities, files to install, people, accounts, keys, address.
 * Never:  holds a secret: keys are public keys.
 * Always: paths in it are as seen from its own folder (config_beside).
 */
#ifndef HEDGEROW_CONFIG_VENUE_H
#define HEDGEROW_CONFIG_VENUE_H

#include "config/contracts.h"
#include "msg/msg.h"

#define VENUE_FILES_MAX 64
#define VENUE_ACCOUNTS_MAX 256
#define VENUE_KEYS_MAX 256
#define VENUE_PATH 192

#define VENUE_FILE_FIELDS(X) X(TEXT, file, "", "file", NEED, VENUE_PATH, 0, "path")
#define VENUE_SPEC_FIELDS(X) \
    X(TEXT, file, "", "file", NEED, VENUE_PATH, 0, "path") \
    X(TEXT, overlay, "", "overlay", OPT, VENUE_PATH, 0, "fills what the file does not know")
#define VENUE_INDEX_FIELDS(X) \
    X(TEXT, file, "", "methodology", NEED, VENUE_PATH, 0, "path") \
    X(TEXT, owners, "", "owners", OPT, VENUE_PATH, 0, "path of the owner registry") \
    X(TEXT, observations, "", "observations", OPT, VENUE_PATH, 0, "path of recorded prices")
#define VENUE_ACCOUNT_FIELDS(X) \
    X(INT, account, "", "account", NEED, 1, UINT32_MAX, "account id") \
    X(INT, member, "", "member", NEED, 1, UINT32_MAX, "clearing member") \
    X(INT, group, "", "group", NEED, 1, UINT32_MAX, "beneficial owner") \
    X(ENUM, kind, "", "kind", NEED, venue_words_ACCOUNT_KIND, 0, "segregation") \
    X(ENUM, category, "", "category", NEED, venue_words_CATEGORY, 0, "open-interest category") \
    X(TEXT, name, "", "name", NEED, 32, 0, "for display") \
    X(DEC, deposit, "", "deposit", OPT, 6, 0, "cash at the start, settlement currency")
#define VENUE_KEY_FIELDS(X) \
    X(TEXT, id, "", "key", NEED, 40, 0, "name of the key in HR-Key") \
    X(INT, account, "", "account", NEED, 1, UINT32_MAX, "account it acts for") \
    X(HASH, public_key, "", "public_key", NEED, 0, 0, "Ed25519, 64 hex digits") \
    X(BITS, permissions, "", "permissions", NEED, venue_words_permission, 0, "what it may do")

struct venue_file { VENUE_FILE_FIELDS(RECORD_MEMBER) };
struct venue_spec { VENUE_SPEC_FIELDS(RECORD_MEMBER) };
struct venue_index { VENUE_INDEX_FIELDS(RECORD_MEMBER) };
struct venue_account { VENUE_ACCOUNT_FIELDS(RECORD_MEMBER) };
struct venue_key { VENUE_KEY_FIELDS(RECORD_MEMBER) };
extern const struct record venue_file_record, venue_spec_record, venue_index_record,
    venue_account_record, venue_key_record;

#define VENUE_FIELDS(X) \
    X(TEXT, venue, "", "venue", NEED, 32, 0, "name of the venue") \
    X(TEXT, currency, "", "currency", NEED, 16, 0, "settlement currency, ISO 4217") \
    X(INT, seed, "", "seed", OPT, 0, INT64_MAX, "for whatever must look random and be replayed") \
    X(TEXT, listen, "", "listen", NEED, 64, 0, "address:port; port 0 takes any") \
    X(ENUM, durability, "", "durability", NEED, venue_words_durability, 0, "the release gate") \
    X(INT, accounts_max, "capacity", "accounts", NEED, 1, UINT32_MAX, "trading accounts") \
    X(INT, products_max, "capacity", "products", NEED, 1, UINT32_MAX, "specifications") \
    X(INT, instruments_max, "capacity", "instruments", NEED, 1, UINT32_MAX, "contracts") \
    X(INT, orders_max, "capacity", "orders", NEED, 1, UINT32_MAX, "working orders") \
    X(INT, levels_max, "capacity", "levels", NEED, 1, UINT32_MAX, "price levels in all books") \
    X(INT, positions_max, "capacity", "positions", NEED, 1, UINT32_MAX, "(account, contract)") \
    X(INT, client_ids_max, "capacity", "client_ids", NEED, 1, UINT32_MAX, "ids of one day") \
    X(INT, transfers_max, "capacity", "transfers", NEED, 1, UINT32_MAX, "remembered transfers") \
    X(INT, indexes_max, "capacity", "indexes", NEED, 1, UINT32_MAX, "benchmarks") \
    X(INT, prints_max, "capacity", "prints", NEED, 1, UINT32_MAX, "remembered prints") \
    X(LIST, calendars, "", "calendars", NEED, VENUE_FILES_MAX, venue_file, "to install") \
    X(LIST, indexes, "", "indexes", NEED, VENUE_FILES_MAX, venue_index, "to install") \
    X(LIST, specs, "", "specs", NEED, VENUE_FILES_MAX, venue_spec, "to install") \
    X(TEXTS, approvers, "", "approvers", NEED, 8, 0, "two people or more; the first two sign") \
    X(LIST, accounts, "", "accounts", OPT, VENUE_ACCOUNTS_MAX, venue_account, "to open") \
    X(LIST, keys, "", "keys", OPT, VENUE_KEYS_MAX, venue_key, "who may speak for an account") \
    X(INT, orders_per_second, "limits", "orders_per_second", OPT, 0, 1000000, "of one key") \
    X(INT, cancels_per_second, "limits", "cancels_per_second", OPT, 0, 1000000, "of one key") \
    X(INT, connections_max, "limits", "connections", OPT, 0, 1000000, "open at once")

#define VENUE_DURABILITY_LIST(X) \
    X(DURABILITY, NONE, "none") X(DURABILITY, LOCAL, "local") X(DURABILITY, CLUSTER, "cluster")
#define VENUE_PERMISSION_LIST(X) \
    X(PERMISSION, TRADE, "trade") X(PERMISSION, READ, "read") X(PERMISSION, READ_ALL, "read_all")
#define AS_VENUE_ENUMERATOR(LIST, NAME, text) VENUE_##LIST##_##NAME,
enum venue_durability { VENUE_DURABILITY_UNSET, VENUE_DURABILITY_LIST(AS_VENUE_ENUMERATOR) };
enum venue_permission { VENUE_PERMISSION_UNSET, VENUE_PERMISSION_LIST(AS_VENUE_ENUMERATOR) };
extern const struct words venue_words_ACCOUNT_KIND, venue_words_CATEGORY, venue_words_durability,
    venue_words_permission;

struct venue_config { VENUE_FIELDS(RECORD_MEMBER) };
extern const struct record venue_record;

/* Reads and checks: ids unique, keys name known accounts, two different approvers. The record is
 * large (hundreds of KB): take it from malloc. */
NODISCARD Err config_venue(const char *path, struct venue_config *out, struct why *w);
void config_genesis(const struct venue_config *v, struct cmd_genesis *out);

#endif
