/* defect.h: whether the daily run proves the watch, or finds what it missed.
 *
 * A daily run judges everything while the watch goes on. Where an item of it is another than the
 * one that was kept before, though the watch has told nothing of its check since that one's run
 * began, there is a suspicion. The watch has DEFECT_GRACE_S to tell it yet: some things it only
 * looks at from time to time. When it has not by then, everything is judged again, by a watch that
 * is made anew. An item that says by now what it said before the daily run came and went, as may
 * be between two looks; any other is a defect of the watch: logged, counted, kept on the disk.
 *
 * Nothing is suspected where nobody watched: in a scope's first run, which is also that after a
 * start. A check of which time has passed (its age, a certificate's) is told by the watch each
 * minute, and so above suspicion. Time is handed in. */
#pragma once
#include "base/text.h"
#include "format/json.h"

/* Three times the longest interval of looks (os/watch/watch.h: what others are asked for), for
 * looks that cost much come later: in time as long as one takes 36 s of a processor at most. */
#define DEFECT_GRACE_S 900
#define DEFECT_CHECKS_MAX 100000 /* numbers beyond are not suspected */
#define DEFECT_SUSPECTS_MAX 1000 /* at a time; more that differ are not, but for a log line */
#define DEFECT_NAME_MAX 500      /* bytes of "POLICY/REF"; what is longer is cut */
#define DEFECT_PRINT_SIZE 96     /* of what an item says: see defects_take */

struct defects; /* a handle */

/* What was kept in the folder, which is lent. Damaged or missing: none were found since now_us
 * (wall clock); that it can't be written is logged, and tried again. */
must_use struct defects *defects_new(int folder, int64_t now_us, struct err *err);
void defects_free(struct defects **defects);

/* A run begins: one of everything in a new scope, which makes numbers and suspicions void; or in
 * the scope that is, proves: of everything, daily; else of what a change concerns. */
void defects_begin_scope(struct defects *defects);
void defects_begin_run(struct defects *defects, bool proves);

void defects_told(struct defects *defects, uint64_t number); /* the watch tells of this check */
void defects_told_all(struct defects *defects);              /* of all of them */

/* The run's item of a check. What it says now is kept from here on, in place of what it said
 * before (at NULL: nothing was kept): below DEFECT_PRINT_SIZE bytes each, the same where the same
 * is said. */
void defects_take(struct defects *defects, uint64_t number, const struct json *item,
		  struct text before, struct text now);
void defects_done(struct defects *defects); /* the run is whole */

/* No run is under way. The microseconds until a suspicion is due, INT64_MAX: there is none; 0:
 * everything is to be judged again, in a new scope. now_us: monotonic. */
must_use int64_t defects_look(struct defects *defects, int64_t now_us);

/* Puts "defects" (how many), "since", and of the last one "defect" (POLICY/REF) and "defect_at". */
void defects_put(const struct defects *defects, struct json *object);
