#include "quant/lp.h"

#include <coin/Clp_C_Interface.h>
#include <math.h>

enum { STATUS_OPTIMAL, STATUS_INFEASIBLE, STATUS_UNBOUNDED };

enum quant_result quant_lp(const struct lp *p, double *x, double *price, double *objective)
{
    ASSERT(p->rows > 0 && p->cols > 0);
    ASSERT(x && price && objective);
    Clp_Simplex *m = Clp_newModel();
    if (!m) return QUANT_MEMORY;
    Clp_setLogLevel(m, 0);
    Clp_loadProblem(m, (int)p->cols, (int)p->rows, p->start, p->index, p->value, p->col_lo,
                    p->col_hi, p->cost, p->row_lo, p->row_hi);
    Clp_setOptimizationDirection(m, p->maximise ? -1 : 1);
    Clp_setPerturbation(m, 50); /* with the dual: 10 times the primal on CVaR's programme */
    Clp_dual(m, 0);
    int status = Clp_status(m);
    if (status == STATUS_OPTIMAL) {
        memcpy(x, Clp_primalColumnSolution(m), p->cols * sizeof *x);
        memcpy(price, Clp_dualRowSolution(m), p->rows * sizeof *price);
        *objective = Clp_objectiveValue(m);
    }
    Clp_deleteModel(m);
    return status == STATUS_OPTIMAL                                    ? QUANT_OK
           : status == STATUS_INFEASIBLE || status == STATUS_UNBOUNDED ? QUANT_DOMAIN
                                                                       : QUANT_LIMIT;
}
