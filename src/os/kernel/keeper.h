/* keeper.h: a process that stays behind when a program goes on in a child, so that nothing of it is
 * left when it ends.
 *
 * Behind its walls a judge can neither kill nor wait, and by SIGTERM it just ends. Its helpers are
 * killed with it then (child_stay_bound), but whoever they fall to must reap them, and the first
 * process of a container often reaps nobody. So the process that was started (the one that others
 * know, signal and wait for) stays outside of the walls: it hands on signals, waits, kills what is
 * left below it, reaps all, and ends as the child ended. It reads nothing of what the child makes.
 */
#pragma once
#include "base/err.h"

#define KEEPER_GRACE_MS 5000 /* after SIGTERM or the like, until the child is killed */
#define KEEPER_SWEEP_MS 2000 /* for what is left to die; what the kernel holds longer is let go */

/* Returns in the child: true, it goes on (with the signals as they were before); false, it can't be
 * bound to the keeper, or there is no second process. To be called before the program has a loop
 * or helpers, when nothing waits to be written by stdio. */
must_use bool keeper_stay(struct err *err);
