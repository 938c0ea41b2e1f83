/* style_prelude.h -- what the examples of STYLE.md stand on, so that each compiles by itself.
 * Owns:   declarations the examples use but do not show; EXAMPLE is the number of the one at hand.
 * Never:  is included by the program.
 * Always: takes from src/ what src/ has. */
#if EXAMPLE == 2 /* declares the values of base.h itself */
#include <assert.h>
#include <stdint.h>
typedef int64_t i64;
typedef uint64_t u64;
typedef uint32_t u32;
typedef uint8_t u8;
struct arena;
#elif EXAMPLE == 6
#include "base/why.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
struct journal { int fd; };
Err journal_read_header(struct journal *j, struct why *w);
#else
#include "base/base.h"
#endif

#if EXAMPLE == 4
enum order_state { ORDER_NONE, ORDER_NEW, ORDER_RESTING, ORDER_DONE, ORDER_STATES };
#elif EXAMPLE == 5
#define COMMANDS(X) X(ORDER_NEW, on_order_new, "new order") X(DAY_END, on_day_end, "end of day")
enum command { CMD_NONE, CMD_ORDER_NEW, CMD_DAY_END, CMD_COUNT };
struct engine { u64 seq; Instant now; };
struct input { u64 seq; Instant now; enum command command; };
struct outbox { u32 n, cap; };
void on_order_new(struct engine *e, const struct input *in, struct outbox *out);
void on_day_end(struct engine *e, const struct input *in, struct outbox *out);
#elif EXAMPLE == 7
#define POSTINGS_MAX 8
struct ledger;
struct posting { Money amount; };
void ledger_apply(struct ledger *l, const struct posting *p);
Money ledger_total(const struct ledger *l);
#elif EXAMPLE == 8
/* The pool needs the example's OrderRef and struct order: it is declared where they are whole. */
#define order_at(p, ref) (&(p)->orders[(ref).i])
#undef static_assert
#define static_assert(c, text) \
    _Static_assert(c, text); \
    struct order_pool { \
        OrderRef free; \
        u32 used, cap; \
        struct order *orders; \
    }
#elif EXAMPLE == 9
#include "test.h"
const char *book_play(const char *script);
#endif
