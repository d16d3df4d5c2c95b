#include "assess/command/file/mode.h"

#include <string.h>

static const struct {
	char letter;
	uint32_t mask;
} whos[] = {{'u', 04700}, {'g', 02070}, {'o', 01007}, {'a', 07777}};

static uint32_t bits_of(char letter)
{
	switch (letter) {
	case 'r':
		return 0444;
	case 'w':
		return 0222;
	case 'x':
		return 0111;
	case 's':
		return 06000;
	case 't':
		return 01000;
	default:
		return 0;
	}
}

/* "u+rwx": nobody named is everybody. */
static bool read_clause(struct text clause, uint32_t *mode)
{
	uint32_t who = 0;
	size_t at = 0;
	for (bool more = true; more && at < clause.len;) {
		more = false;
		for (size_t i = 0; i < array_len(whos); i++)
			if (whos[i].letter == clause.at[at]) {
				who |= whos[i].mask;
				more = true;
			}
		at += more;
	}
	if (who == 0)
		who = 07777;
	if (at == clause.len)
		return false;
	while (at < clause.len) {
		char sign = clause.at[at++];
		uint32_t bits = 0;
		if (!strchr("+-=", sign) || !sign)
			return false;
		for (; at < clause.len && bits_of(clause.at[at]) != 0; at++)
			bits |= bits_of(clause.at[at]);
		bits &= who;
		if (sign == '=')
			*mode &= ~who;
		*mode = sign == '-' ? *mode & ~bits : *mode | bits;
	}
	return true;
}

bool mode_read(struct text text, uint32_t *mode)
{
	uint64_t number;
	struct text clause;
	if (text_to_octal(text, 07777, &number)) {
		*mode = (uint32_t)number;
		return true;
	}
	*mode = 0;
	if (text.len == 0 || (text.at[0] >= '0' && text.at[0] <= '9'))
		return false;
	while (text_next(&text, ',', &clause))
		if (!read_clause(clause, mode))
			return false;
	return true;
}
