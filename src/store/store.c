#include "store/schema.h"
#include "base/hash.h"
#include <stdlib.h>

static const char *const tables_sql[] = {
#define AS_EVENT_TABLE(table, EVENT, event, key, extra) \
    "CREATE TABLE " #table "(" EVENT##_FIELDS(AS_COLUMN) extra EVENT_PLACE "PRIMARY KEY(" key \
                                                                           ")) WITHOUT ROWID",
#define AS_FOLDED_TABLE(table, key, columns) \
    "CREATE TABLE " #table "(" columns ", PRIMARY KEY(" key ")) WITHOUT ROWID",
    EVENT_TABLES(AS_EVENT_TABLE) FOLDED_TABLES(AS_FOLDED_TABLE) STORE_INDEXES
};
static const struct { const char *name, *key; } tables[] = {
#define AS_EVENT_NAME(table, EVENT, event, key, extra) { #table, key },
#define AS_FOLDED_NAME(table, key, columns) { #table, key },
    EVENT_TABLES(AS_EVENT_NAME) FOLDED_TABLES(AS_FOLDED_NAME)
};

Err store_fail(struct store *s, const char *what, struct why *w)
{
    ASSERT(what);
    return why_set(w, ERR_IO, "read model: %s: %s", what,
                   s->db ? sqlite3_errmsg(s->db) : "no memory");
}

Err store_exec(struct store *s, const char *sql, struct why *w)
{
    ASSERT(sql);
    if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK) return ERR_OK;
    return store_fail(s, sql, w);
}

static void forget_statements(struct store *s)
{
    for (u32 i = 0; i < s->cached; i++) {
        sqlite3_finalize(s->cache[i].q);
        free((void *)(uintptr_t)s->cache[i].sql);
    }
    s->cached = 0;
}

sqlite3_stmt *store_prepared(struct store *s, const char *sql, struct why *w)
{
    ASSERT(s->db);
    for (u32 i = 0; i < s->cached; i++) {
        if (s->cache[i].sql != sql && strcmp(s->cache[i].sql, sql)) continue;
        sqlite3_reset(s->cache[i].q);
        sqlite3_clear_bindings(s->cache[i].q);
        return s->cache[i].q;
    }
    sqlite3_stmt *q = NULL;
    ASSERT(s->cached < STATEMENTS_MAX); /* the texts are a closed set: ours */
    if (sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &q, NULL) != SQLITE_OK) {
        if (store_fail(s, sql, w)) return NULL;
    }
    char *copy = strdup(sql);
    if (!copy) {
        sqlite3_finalize(q);
        (void)why_set(w, ERR_IO, "read model: no memory");
        return NULL;
    }
    s->cache[s->cached].sql = copy, s->cache[s->cached++].q = q;
    return q;
}

Err store_run(struct store *s, sqlite3_stmt *q, struct why *w)
{
    ASSERT(q);
    int rc = sqlite3_step(q);
    if (rc != SQLITE_DONE) return store_fail(s, sqlite3_sql(q), w);
    sqlite3_reset(q);
    return ERR_OK;
}

/* One number; `none` when there is no row. */
static Err one_number(struct store *s, const char *sql, i64 none, i64 *out, struct why *w)
{
    sqlite3_stmt *q = store_prepared(s, sql, w);
    ASSERT(out);
    if (!q) return ERR_IO;
    int rc = sqlite3_step(q);
    *out = rc == SQLITE_ROW ? sqlite3_column_int64(q, 0) : none;
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) return store_fail(s, sql, w);
    sqlite3_reset(q);
    return ERR_OK;
}

static Err make_tables(struct store *s, struct why *w)
{
    Err err = ERR_OK;
    char sql[64];
    for (u32 i = 0; i < ARRAY_LEN(tables_sql) && !err; i++) err = store_exec(s, tables_sql[i], w);
    struct text t = text_on(sql, sizeof sql);
    text_put(&t, "PRAGMA user_version=");
    text_put_u64(&t, STORE_SCHEMA_VERSION);
    if (!err) err = store_exec(s, sql, w);
    return err;
}

static Err drop_tables(struct store *s, struct why *w)
{
    char names[64][64], sql[128];
    u32 n = 0;
    sqlite3_stmt *q = NULL;
    const char *find =
        "SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite%'";
    if (sqlite3_prepare_v2(s->db, find, -1, &q, NULL) != SQLITE_OK) return store_fail(s, find, w);
    while (n < 64 && sqlite3_step(q) == SQLITE_ROW) {
        struct text t = text_on(names[n++], 64);
        text_put(&t, (const char *)sqlite3_column_text(q, 0));
    }
    sqlite3_finalize(q);
    Err err = ERR_OK;
    for (u32 i = 0; i < n && !err; i++) {
        struct text t = text_on(sql, sizeof sql);
        text_put(&t, "DROP TABLE \"");
        text_put(&t, names[i]);
        text_put(&t, "\"");
        err = store_exec(s, sql, w);
    }
    return err;
}

/* The mark and the day are kept beside the handle while it writes. */
static Err load_mark(struct store *s, struct why *w)
{
    i64 seq, index;
    Err err = one_number(s, "SELECT seq FROM mark", 0, &seq, w);
    if (!err) err = one_number(s, "SELECT idx FROM mark", 0, &index, w);
    if (!err) err = one_number(s, "SELECT day FROM days", 0, &s->day, w);
    if (!err) s->mark = (struct store_mark){ (u64)seq, (u32)index };
    return err;
}

static Err open_db(struct store **out, const char *path, int flags, struct why *w)
{
    struct store *s = calloc(1, sizeof *s);
    ASSERT(path);
    if (!s) return why_set(w, ERR_IO, "read model %s: no memory", path);
    *out = s;
    if (sqlite3_open_v2(path, &s->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        return why_wrap(w, store_fail(s, "open", w), "%s", path);
    sqlite3_busy_timeout(s->db, 10000);
    return ERR_OK;
}

static Err upgrade(struct store *s, bool *emptied, struct why *w)
{
    i64 version = 0;
    Err err = store_exec(s, "PRAGMA journal_mode=WAL", w);
    if (!err) err = store_exec(s, "PRAGMA synchronous=NORMAL", w);
    if (!err) err = store_exec(s, "PRAGMA foreign_keys=OFF", w);
    if (!err) err = one_number(s, "PRAGMA user_version", 0, &version, w);
    forget_statements(s);
    if (err || version == STORE_SCHEMA_VERSION) return err;
    *emptied = version != 0;
    err = store_exec(s, "BEGIN IMMEDIATE", w);
    if (!err) err = drop_tables(s, w);
    if (!err) err = make_tables(s, w);
    if (!err) return store_exec(s, "COMMIT", w);
    (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return err;
}

Err store_open(struct store **out, const char *path, bool *emptied, struct why *w)
{
    bool gone = false;
    *out = NULL;
    Err err = open_db(out, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, w);
    if (!err) err = upgrade(*out, &gone, w);
    if (!err) err = load_mark(*out, w);
    if (emptied) *emptied = gone;
    if (!err) return ERR_OK;
    store_close(*out);
    *out = NULL;
    return err;
}

Err store_open_reader(struct store **out, const char *path, struct why *w)
{
    i64 version = 0;
    *out = NULL;
    Err err = open_db(out, path, SQLITE_OPEN_READONLY, w);
    if (!err) (*out)->reader = true;
    if (!err) err = one_number(*out, "PRAGMA user_version", 0, &version, w);
    if (!err && version != STORE_SCHEMA_VERSION)
        err = why_set(w, ERR_IO, "read model %s: schema %lld, %d is due", path, (long long)version,
                      STORE_SCHEMA_VERSION);
    if (!err) return ERR_OK;
    store_close(*out);
    *out = NULL;
    return err;
}

void store_close(struct store *s)
{
    if (!s) return;
    forget_statements(s);
    sqlite3_close(s->db);
    free(s);
}

Err store_begin(struct store *s, struct why *w) { return store_exec(s, "BEGIN", w); }
void store_end(struct store *s) { (void)sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL); }

Err store_mark(struct store *s, struct store_mark *m, struct why *w)
{
    if (s->reader) {
        sqlite3_stmt *q = store_prepared(s, "SELECT seq, idx FROM mark", w);
        if (!q) return ERR_IO;
        int rc = sqlite3_step(q);
        *m = (struct store_mark){ 0 };
        if (rc == SQLITE_ROW)
            m->seq = (u64)sqlite3_column_int64(q, 0), m->index = (u32)sqlite3_column_int64(q, 1);
        else if (rc != SQLITE_DONE) return store_fail(s, "mark", w);
        sqlite3_reset(q);
        return ERR_OK;
    }
    *m = s->mark;
    return ERR_OK;
}

static bool is_new(const struct store *s, const struct event *e)
{
    return e->seq > s->mark.seq || (e->seq == s->mark.seq && e->index > s->mark.index);
}

/* Inside a transaction. */
static Err fold_all(struct store *s, const struct event *events, u32 n, struct why *w)
{
    Err err = ERR_OK;
    bool any = false;
    ASSERT(events || !n);
    for (u32 i = 0; i < n && !err; i++) {
        if (s->mark.seq && !is_new(s, &events[i])) continue;
        err = store_fold(s, &events[i], w);
        s->mark = (struct store_mark){ events[i].seq, events[i].index };
        any = true;
    }
    if (err || !any) return err;
    sqlite3_stmt *q = store_prepared(s, "INSERT OR REPLACE INTO mark VALUES(1,?,?)", w);
    if (!q) return ERR_IO;
    struct cell c = { q, 0 };
    bind_int(&c, (i64)s->mark.seq);
    bind_int(&c, s->mark.index);
    return store_run(s, q, w);
}

/* Ends the transaction: whole, or as if it never began. */
static Err finish(struct store *s, Err err, struct why *w)
{
    if (!err) err = store_exec(s, "COMMIT", w);
    if (!err) return ERR_OK;
    struct why lost;
    (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    if (load_mark(s, &lost)) return why_wrap(w, err, "read model: can not go back");
    return err;
}

Err store_apply(struct store *s, const struct event *events, u32 n, struct why *w)
{
    ASSERT(!s->reader);
    if (!n) return ERR_OK;
    Err err = store_exec(s, "BEGIN IMMEDIATE", w);
    if (err) return err;
    return finish(s, fold_all(s, events, n, w), w);
}

static Err empty_tables(struct store *s, struct why *w)
{
    Err err = ERR_OK;
    for (u32 i = 0; i < ARRAY_LEN(tables) && !err; i++) {
        char sql[64];
        struct text t = text_on(sql, sizeof sql);
        text_put(&t, "DELETE FROM ");
        text_put(&t, tables[i].name);
        err = store_exec(s, sql, w);
    }
    s->mark = (struct store_mark){ 0 }, s->day = 0;
    return err;
}

Err store_rebuild(struct store *s, store_next *next, void *ctx, struct why *w)
{
    const struct event *events = NULL;
    u32 n = 0;
    ASSERT(!s->reader);
    ASSERT(next);
    Err err = store_exec(s, "BEGIN IMMEDIATE", w);
    if (err) return err;
    err = empty_tables(s, w);
    while (!err) {
        err = next(ctx, &events, &n, w);
        if (err || !n) break;
        err = fold_all(s, events, n, w);
    }
    return finish(s, err, w);
}

/* One row's columns, each with its type and length, so that no two rows have one text. */
static void hash_row(struct sha256 *h, sqlite3_stmt *q)
{
    for (int i = 0; i < sqlite3_column_count(q); i++) {
        u8 head[9] = { (u8)sqlite3_column_type(q, i) };
        if (head[0] == SQLITE_INTEGER) {
            store_u64(head + 1, (u64)sqlite3_column_int64(q, i));
            sha256_add(h, head, sizeof head);
            continue;
        }
        const void *at = sqlite3_column_blob(q, i);
        int n = sqlite3_column_bytes(q, i);
        store_u64(head + 1, (u64)n);
        sha256_add(h, head, sizeof head);
        if (n) sha256_add(h, at, (u64)n);
    }
}

Err store_digest(struct store *s, Hash *out, struct why *w)
{
    struct sha256 h;
    ASSERT(out);
    sha256_init(&h);
    for (u32 i = 0; i < ARRAY_LEN(tables); i++) {
        char sql[128];
        struct text t = text_on(sql, sizeof sql);
        text_put(&t, "SELECT * FROM ");
        text_put(&t, tables[i].name);
        text_put(&t, " ORDER BY ");
        text_put(&t, tables[i].key);
        sqlite3_stmt *q = NULL;
        if (sqlite3_prepare_v2(s->db, sql, -1, &q, NULL) != SQLITE_OK) return store_fail(s, sql, w);
        sha256_add(&h, tables[i].name, strlen(tables[i].name) + 1);
        int rc;
        while ((rc = sqlite3_step(q)) == SQLITE_ROW) hash_row(&h, q);
        sqlite3_finalize(q);
        if (rc != SQLITE_DONE) return store_fail(s, sql, w);
    }
    *out = sha256_end(&h);
    return ERR_OK;
}

/* What must hold between the tables, whatever the events were. */
static const struct { const char *what, *sql; } checks[] = {
    { "ledger balances do not sum to 0", "SELECT COALESCE(SUM(amount),0) FROM balances" },
    { "balances differ from the postings",
      "SELECT COUNT(*) FROM (SELECT account, chart, SUM(amount) AS a FROM ("
      "SELECT debit_account AS account, debit AS chart, amount FROM postings UNION ALL "
      "SELECT credit_account, credit, -amount FROM postings) GROUP BY 1, 2) AS p "
      "LEFT JOIN balances b ON b.account=p.account AND b.chart=p.chart "
      "WHERE b.amount IS NOT p.a" },
    { "long and short lots differ", "SELECT COALESCE(SUM(lots),0) FROM positions" },
    { "an order is filled more than it is fills",
      "SELECT COUNT(*) FROM orders o WHERE filled IS NOT "
      "(SELECT COALESCE(SUM(qty),0) FROM fills f WHERE f.order_id=o.order_id)" },
    { "a trade without its two fills",
      "SELECT COUNT(*) FROM trades t WHERE 2 <> (SELECT COUNT(*) FROM fills f "
      "WHERE f.trade_id=t.trade_id AND f.qty=t.qty AND f.price=t.price)" },
};

Err store_check(struct store *s, struct why *w)
{
    for (u32 i = 0; i < ARRAY_LEN(checks); i++) {
        i64 v = 0;
        Err err = one_number(s, checks[i].sql, 0, &v, w);
        if (err) return err;
        if (v) return why_set(w, ERR_NO, "read model: %s (%lld)", checks[i].what, (long long)v);
    }
    return ERR_OK;
}
