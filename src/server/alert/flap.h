/* flap.h: whether a check's status goes to and fro too often to tell anybody of each change.
 *
 * Each item that changes keeps the times of its last changes. FLAP_CHANGES within FLAP_SPAN_US make
 * it flapping, until it has not changed for FLAP_QUIET_US. That holds back alerts, never items.
 * Time is handed in. Above FLAP_ITEMS_MAX the one that changed longest ago is forgotten. */
#pragma once
#include "base/map.h"
#include "base/time.h"

#define FLAP_CHANGES 5
#define FLAP_SPAN_US (10 * 60 * TIME_SECOND_US)
#define FLAP_QUIET_US (10 * 60 * TIME_SECOND_US)
#define FLAP_ITEMS_MAX 100000 /* about 200 bytes each */

struct flaps; /* a handle */

must_use struct flaps *flaps_new(void);
void flaps_free(struct flaps **flaps);

enum flap {
	FLAP_NONE,   /* an ordinary change */
	FLAP_BEGINS, /* with this change it flaps: worth one alert that says so */
	FLAP_GOES_ON,
};

/* Notes that the item changed. A clock that was set back counts as no time passed. */
must_use enum flap flaps_note(struct flaps *flaps, struct text item, int64_t at_us);

must_use size_t flaps_count(const struct flaps *flaps); /* that flap now */

/* One that flapped and has been quiet for FLAP_QUIET_US: it flaps no more, and its item is told
 * (lent until the next call). False: none. Until the next could be due, at most, *wait_us pass. */
must_use bool flaps_settled(struct flaps *flaps, int64_t now_us, struct text *item,
			    int64_t *wait_us);
