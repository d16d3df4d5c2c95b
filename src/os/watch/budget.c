#include "os/watch/budget.h"

void budget_init(struct budget *budget, int share, int64_t burst_us, int64_t now_us)
{
	*budget = (struct budget){
		.left_us = burst_us, .at_us = now_us, .burst_us = burst_us, .share = share};
}

void budget_fill(struct budget *budget, int64_t now_us)
{
	budget->left_us += (now_us - budget->at_us) * budget->share / 100;
	budget->at_us = now_us;
	if (budget->left_us > budget->burst_us)
		budget->left_us = budget->burst_us;
}

void budget_spend(struct budget *budget, int64_t cost_us)
{
	budget->left_us -= cost_us > 0 ? cost_us : 0;
}

bool budget_is_spent(const struct budget *budget)
{
	return budget->left_us < 0;
}

int64_t budget_filled_us(const struct budget *budget, int64_t now_us)
{
	return budget_is_spent(budget) ? now_us - budget->left_us * 100 / budget->share : now_us;
}
