/* lookout.h: the process that watches what verdicts depend on, and says which checks a change
 * concerns; it judges nothing.
 *
 * Judges tell it, each on a channel of its own, what their checks depend on; os/watch does the
 * watching, and the link has the checks judged again. It sees names, links and states of files
 * everywhere, and contents of /proc and /sys alone. */
#pragma once
#include "base/base.h"

struct lookout_start {     /* what the monitor hands over */
	int monitor, link; /* ends of channels */
};

int lookout_run(void *start); /* child_start's function; the exit status */
