/* clock.h: moments as programs show them: in the time zone of the root's own /etc/localtime
 * (tzfile(5)), without which it is UTC. */
#pragma once
#include "assess/engine/gather.h"

/* How far the zone is ahead of UTC at a moment. False and *why: the file can't be read, or its
 * table ends before the moment and goes on by a rule. */
must_use bool clock_offset(struct gather *gather, int64_t at_s, int32_t *ahead_s, struct text *why);

#define CLOCK_SIZE 40
/* "2026-11-24 08:14:04.239651123 +0100" */
void clock_put_full(struct gather_moment moment, int32_t ahead_s, char out[static CLOCK_SIZE]);
/* "Nov 24 08:14", or with the year, "Nov 24  2025". */
void clock_put_short(int64_t at_s, int32_t ahead_s, bool year, char out[static CLOCK_SIZE]);
