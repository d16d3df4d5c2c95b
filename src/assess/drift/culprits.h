/* culprits.h: who changed what checks depend on: a few actors, and for each check one of them.
 *
 * It travels with the numbers of the checks, from who watches to who judges. Command lines are
 * masked as they come in. Of a check that several have changed, the last is told; beyond
 * CULPRITS_MAX actors at a time, who else there was is not known. */
#pragma once
#include "model/actor.h"
#include "os/watch/watch.h"

#define CULPRITS_MAX 32
#define CULPRITS_CHECKS_MAX 10000000   /* the highest number of a check */
#define CULPRITS_JSON_MAX (256 * 1024) /* bytes of numbers; of the rest nobody is known */

struct culprits;

must_use struct culprits *culprits_new(void);
void culprits_free(struct culprits **culprits);
void culprits_clear(struct culprits *culprits);

/* seen NULL: it is not known who changed it; what was known of it stays. */
void culprits_note(struct culprits *culprits, uint32_t check, const struct watch_actor *seen);
/* NULL: not known. Valid until the next call that changes them. */
must_use const struct actor *culprits_of(const struct culprits *culprits, uint32_t check);

/* [{"checks":"3 17 ","process",…}]: a number and a blank each; NULL when nobody is known. The
 * caller's. */
must_use struct json *culprits_to_json(const struct culprits *culprits);
/* Adds what such a list says; what is wrong in it is left out: the change is told all the same. */
void culprits_take_json(struct culprits *culprits, const struct json *list);
