/* units.h: what services and timers share: a row a unit, as its files say. */
#pragma once
#include "assess/host/unitlist.h"
#include "assess/probe/answer.h"

/* The units of a type (".timer"; NULL: of all), each by its own name alone. False: that was the
 * answer (also: there is no systemd). */
struct units {
	struct unit *at;
	size_t count;
};
must_use bool units_read(struct rows *rows, const char *type, struct units *units);

/* What is set last under a key; at NULL: nothing. False: that was the answer. */
must_use bool units_read_last(struct rows *rows, const struct unit *unit, const char *key,
			      struct text *value);

/* Whether it runs; false: that was the answer (also: that can't be told here). */
must_use bool units_put_active(struct rows *rows, const struct unit *unit, struct value *value);

must_use struct text units_short_name(struct text name); /* "ssh" of ssh.service */
