#include "model/level.h"

static const char *const levels[LEVEL_COUNT] = {"none", "low", "medium", "high", "maximum"};

static const struct {
	const char *name;
	bool complies, in_item;
} statuses[STATUS_COUNT] = {
	[STATUS_PASS] = {"pass", true, true},
	[STATUS_FAIL] = {"fail", false, true},
	[STATUS_ERROR] = {"error", false, true},
	[STATUS_NOT_APPLICABLE] = {"not_applicable", false, true},
	[STATUS_WAIVED] = {"waived", true, true},
	[STATUS_UNKNOWN] = {"unknown", false, true},
	[STATUS_PENDING] = {"pending", false, false},
};

const char *level_name(enum level level)
{
	return levels[level];
}

bool level_read(struct text text, enum level *level)
{
	for (enum level at = LEVEL_LOW; at <= LEVEL_MAXIMUM; at++)
		if (text_is(text, levels[at])) {
			*level = at;
			return true;
		}
	return false;
}

const char *status_name(enum status status)
{
	return statuses[status].name;
}

bool status_read(struct text text, enum status *status)
{
	for (enum status at = STATUS_PASS; at < STATUS_COUNT; at++)
		if (statuses[at].in_item && text_is(text, statuses[at].name)) {
			*status = at;
			return true;
		}
	return false;
}

bool status_complies(enum status status)
{
	return statuses[status].complies;
}

static void count_level(const unsigned *count, unsigned *met, unsigned *unmet, unsigned *all)
{
	for (enum status status = STATUS_PASS; status < STATUS_COUNT; status++) {
		*all += count[status];
		if (status_complies(status))
			*met += count[status];
		else if (status != STATUS_NOT_APPLICABLE)
			*unmet += count[status];
	}
}

enum level tally_achieved(const struct tally *tally)
{
	enum level achieved = LEVEL_NONE, highest = LEVEL_NONE;
	unsigned met = 0, unmet = 0;
	for (enum level level = LEVEL_LOW; level <= LEVEL_MAXIMUM; level++) {
		unsigned all = 0;
		count_level(tally->count[level], &met, &unmet, &all);
		highest = all > 0 ? level : highest;
		if (met > 0 && unmet == 0)
			achieved = level;
	}
	return achieved < highest ? achieved : highest;
}
