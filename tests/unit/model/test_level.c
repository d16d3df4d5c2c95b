#include "model/level.h"

#include "unit.h"

struct put {
	enum level level;
	enum status status;
};

test(achieves_what_the_contract_says)
{
	static const struct {
		struct put puts[6];
		enum level achieved;
	} cases[] = {
		{{{0}}, LEVEL_NONE},
		{{{LEVEL_LOW, STATUS_PASS}}, LEVEL_LOW},
		{{{LEVEL_LOW, STATUS_FAIL}}, LEVEL_NONE},
		{{{LEVEL_LOW, STATUS_PASS}, {LEVEL_MEDIUM, STATUS_PASS}}, LEVEL_MEDIUM},
		{{{LEVEL_LOW, STATUS_PASS}, {LEVEL_MEDIUM, STATUS_FAIL}}, LEVEL_LOW},
		/* nothing is asked at medium, so medium is met; high is not */
		{{{LEVEL_LOW, STATUS_PASS}, {LEVEL_HIGH, STATUS_FAIL}}, LEVEL_MEDIUM},
		{{{LEVEL_LOW, STATUS_WAIVED}, {LEVEL_HIGH, STATUS_PASS}}, LEVEL_HIGH},
		{{{LEVEL_LOW, STATUS_ERROR}, {LEVEL_HIGH, STATUS_PASS}}, LEVEL_NONE},
		{{{LEVEL_LOW, STATUS_UNKNOWN}}, LEVEL_NONE},
		{{{LEVEL_LOW, STATUS_PENDING}, {LEVEL_MEDIUM, STATUS_PASS}}, LEVEL_NONE},
		{{{LEVEL_LOW, STATUS_NOT_APPLICABLE}}, LEVEL_NONE},
		{{{LEVEL_LOW, STATUS_NOT_APPLICABLE}, {LEVEL_MEDIUM, STATUS_PASS}}, LEVEL_MEDIUM},
		{{{LEVEL_LOW, STATUS_PASS}, {LEVEL_MAXIMUM, STATUS_NOT_APPLICABLE}}, LEVEL_MAXIMUM},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct tally tally = {0};
		for (size_t j = 0; j < array_len(cases[i].puts); j++) {
			struct put put = cases[i].puts[j];
			if (put.level != LEVEL_NONE)
				tally.count[put.level][put.status]++;
		}
		assert_int_equal(tally_achieved(&tally), cases[i].achieved);
	}
}

test(reads_names)
{
	enum level level;
	enum status status;
	assert_true(level_read(TEXT("maximum"), &level));
	assert_int_equal(level, LEVEL_MAXIMUM);
	assert_false(level_read(TEXT("none"), &level));
	assert_false(level_read(TEXT("High"), &level));
	assert_true(status_read(TEXT("not_applicable"), &status));
	assert_false(status_read(TEXT("pending"), &status));
	assert_true(status_complies(STATUS_WAIVED));
	assert_false(status_complies(STATUS_NOT_APPLICABLE));
}
