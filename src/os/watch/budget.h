/* budget.h: a share of one processor: what may be spent, and when there is something again; the
 * watch's own business.
 *
 * It fills with time, up to a burst, and may be overdrawn: then there is nothing until it is filled
 * again. */
#pragma once
#include "base/base.h"

struct budget {
	int64_t left_us, at_us, burst_us;
	int share; /* percent */
};

void budget_init(struct budget *budget, int share, int64_t burst_us, int64_t now_us); /* full */
void budget_fill(struct budget *budget, int64_t now_us);
void budget_spend(struct budget *budget, int64_t cost_us); /* negative: nothing */
must_use bool budget_is_spent(const struct budget *budget);
/* When it will not be spent any more. */
must_use int64_t budget_filled_us(const struct budget *budget, int64_t now_us);
