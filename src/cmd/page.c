#include "cmd/page.h"
#include "sys/file.h"

#include <stdarg.h>
#include <stdlib.h>

static const char style[] =
    ":root{color-scheme:light dark;--bg:#f6f8f7;--panel:#fff;--line:#dbe3de;--strong:#b3c0b9;"
    "--text:#17211c;--muted:#54645b;--accent:#0b7a53;--warn:#7d5600;--warn-bg:#fbefcf;"
    "--h1:#0b7a53;--h2:#2c62a8;--h3:#b4560c;--h4:#7a46b5;--h5:#b93460;--h6:#5f6d16;--h7:#0b7d94;"
    "--h8:#6b5a4d;--good:#2f8f68;--fair:#a87410;--poor:#c64a37;--none:#c9d2cd}"
    "@media(prefers-color-scheme:dark){:root{--bg:#0e1311;--panel:#151c19;--line:#27332e;"
    "--strong:#3b4b44;--text:#e3ebe6;--muted:#9aaba2;--accent:#62cfa0;"
    "--warn:#e6b450;--warn-bg:#33290f;--h1:#62cfa0;--h2:#8fb7e8;--h3:#f0a061;--h4:#bfa4f5;"
    "--h5:#f28aa9;--h6:#c3cf6a;--h7:#6fd0e3;--h8:#c8b5a4;--good:#45b587;--fair:#e6b450;"
    "--poor:#ec7361;--none:#36433d}}"
    "@media print{:root{--bg:#fff;--panel:#fff;--line:#ccc;--strong:#888;--text:#000;--muted:#444;"
    "--accent:#0b7a53;--warn:#5d4000;--warn-bg:#fff;--h1:#0b7a53;--h2:#2c62a8;--h3:#b4560c;"
    "--h4:#7a46b5;--h5:#b93460;--h6:#5f6d16;--h7:#0b7d94;--h8:#6b5a4d;--good:#2f8f68;"
    "--fair:#d9a227;--poor:#c64a37;--none:#ddd}}"
    "*{box-sizing:border-box}html{-webkit-text-size-adjust:100%}"
    "body{margin:0;background:var(--bg);color:var(--text);"
    "font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif}"
    "main{max-width:860px;margin:0 auto;padding:24px 16px 64px}"
    "h1{font-size:1.65rem;line-height:1.2;margin:0 0 4px}"
    "h2{font-size:1.2rem;margin:40px 0 8px;padding-top:12px;border-top:1px solid var(--line)}"
    "p{margin:8px 0}.lead,.note{color:var(--muted)}.note{font-size:.875rem}"
    ".warn{background:var(--warn-bg);color:var(--warn);border:1px solid var(--warn);"
    "border-radius:6px;padding:8px 12px}"
    ".figs{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:12px;"
    "margin:16px 0}.fig{background:var(--panel);border:1px solid var(--line);border-radius:8px;"
    "padding:10px 14px;break-inside:avoid}.fig b{display:block;font-size:1.45rem;line-height:1.25;"
    "font-variant-numeric:tabular-nums;overflow-wrap:anywhere}.fig span{font-size:.8125rem;"
    "color:var(--muted);display:block}.fig .n{color:var(--text);font-weight:600}"
    ".wrap{overflow-x:auto;margin:12px 0}table{border-collapse:collapse;width:100%;"
    "font-size:.875rem;font-variant-numeric:tabular-nums}caption{text-align:left;font-weight:600;"
    "padding:0 0 6px}th,td{text-align:left;padding:5px 10px 5px 0;vertical-align:top;"
    "border-bottom:1px solid var(--line)}th{color:var(--muted);font-weight:600}"
    "th.r,td.r{text-align:right}td:last-child,th:last-child{padding-right:0}"
    "code{font:.8125rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;"
    "overflow-wrap:anywhere}"
    "pre{overflow-x:auto;background:var(--panel);border:1px solid "
    "var(--line);border-radius:8px;padding:10px 14px}"
    "pre code{white-space:pre-wrap}figure{margin:16px 0;background:var(--panel);border:1px solid "
    "var(--line);border-radius:8px;padding:12px 14px;break-inside:avoid}figure svg{display:block;"
    "width:100%;height:auto}figcaption{font-size:.875rem;margin:0 0 8px}figcaption b{display:block;"
    "font-size:1rem}figcaption span{color:var(--muted)}svg text{fill:var(--text);"
    "font:12px system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif}"
    "svg .c{fill:var(--panel);font-weight:600;text-anchor:middle}"
    "svg .m{fill:var(--muted)}svg .g{stroke:var(--line);stroke-width:1}"
    "svg .a{stroke:var(--strong);stroke-width:1}.narrow{display:none!important}"
    "@media screen and (max-width:640px){.wrap table:has(th:nth-child(5)){min-width:36rem}"
    ".wide{display:none!important}"
    ".narrow{display:block!important}figure{padding:10px}}"
    ".key{display:flex;flex-wrap:wrap;gap:4px 16px;margin:6px 0 0;padding:0;list-style:none;"
    "font-size:.8125rem}.key i{display:inline-block;width:12px;height:12px;border-radius:3px;"
    "margin-right:6px;vertical-align:-1px}.key svg{display:inline-block;width:30px;height:10px;"
    "margin-right:6px}"
    "@media print{body{font-size:11pt}main{max-width:none;padding:0}h2{break-after:avoid}}";

void page_text(FILE *to, const char *z)
{
    for (; *z; z++) {
        switch (*z) {
        case '<': fputs("&lt;", to); break;
        case '>': fputs("&gt;", to); break;
        case '&': fputs("&amp;", to); break;
        case '"': fputs("&quot;", to); break;
        default: fputc(*z, to);
        }
    }
}

Err page_begin(struct page *p, const char *title, const char *says, struct why *w)
{
    *p = (struct page){ 0 };
    p->to = open_memstream(&p->bytes, &p->n);
    if (!p->to) return why_set(w, ERR_IO, "no memory for the page");
    fputs("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
          "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>",
          p->to);
    page_text(p->to, title);
    fprintf(p->to, "</title>\n<style>%s</style></head>\n<body><main>\n<h1>", style);
    page_text(p->to, title);
    fputs("</h1>\n<p class=\"lead\">", p->to);
    page_text(p->to, says);
    fputs("</p>\n", p->to);
    return ERR_OK;
}

Err page_end(struct page *p, const char *path, struct why *w)
{
    Err err = ERR_OK;
    if (!p->to) return ERR_OK;
    fputs("</main></body></html>\n", p->to);
    bool failed = ferror(p->to) != 0;
    failed |= fclose(p->to) != 0;
    if (failed) err = why_set(w, ERR_IO, "no memory for the page");
    if (!err && path) err = file_write_atomic(path, p->bytes, p->n, w);
    free(p->bytes);
    *p = (struct page){ 0 };
    return err;
}

void page_heading(FILE *to, const char *id, const char *text)
{
    fprintf(to, "<h2 id=\"%s\">", id);
    page_text(to, text);
    fputs("</h2>\n", to);
}

__attribute__((format(printf, 3, 0))) static void put_para(FILE *to, const char *cls,
                                                           const char *format, va_list args)
{
    char line[2048];
    vsnprintf(line, sizeof line, format, args);
    fprintf(to, "<p%s>", cls);
    page_text(to, line);
    fputs("</p>\n", to);
}

void page_para(FILE *to, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put_para(to, "", format, args);
    va_end(args);
}

void page_note(FILE *to, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put_para(to, " class=\"note\"", format, args);
    va_end(args);
}

void page_warn(FILE *to, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put_para(to, " class=\"warn\"", format, args);
    va_end(args);
}

void page_figures_begin(FILE *to) { fputs("<div class=\"figs\">\n", to); }
void page_figures_end(FILE *to) { fputs("</div>\n", to); }

void page_figure(FILE *to, const char *name, const char *value, const char *means)
{
    fputs("<div class=\"fig\"><span class=\"n\">", to);
    page_text(to, name);
    fputs("</span><b>", to);
    page_text(to, value);
    fputs("</b><span>", to);
    page_text(to, means);
    fputs("</span></div>\n", to);
}

struct page_table page_table_begin(FILE *to, const char *caption, const char *heads)
{
    struct page_table t = { .to = to };
    fputs("<div class=\"wrap\"><table>", to);
    if (caption) {
        fputs("<caption>", to);
        page_text(to, caption);
        fputs("</caption>", to);
    }
    fputs("<thead><tr>", to);
    for (const char *z = heads; t.columns < ARRAY_LEN(t.right); z++) {
        char name[64];
        u32 n = 0;
        if (*z == '>') t.right[t.columns] = 1, z++;
        while (*z && *z != '|' && n + 1 < sizeof name) name[n++] = *z++;
        name[n] = 0;
        fprintf(to, "<th scope=\"col\"%s>", t.right[t.columns++] ? " class=\"r\"" : "");
        page_text(to, name);
        fputs("</th>", to);
        if (!*z) break;
    }
    fputs("</tr></thead><tbody>\n", to);
    return t;
}

void page_cell(struct page_table *t, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (t->at == 0) fputs("<tr>", t->to);
    fputs(t->right[t->at] ? "<td class=\"r\">" : "<td>", t->to);
    page_text(t->to, text);
    fputs("</td>", t->to);
    if (++t->at < t->columns) return;
    fputs("</tr>\n", t->to);
    t->at = 0;
}

void page_table_end(struct page_table *t)
{
    if (t->at) fputs("</tr>\n", t->to);
    fputs("</tbody></table></div>\n", t->to);
}
