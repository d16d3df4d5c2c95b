/* sight.h: what the watch says of itself, as a part of the host's facts. */
#pragma once
#include "agent/link/proof/defect.h"
#include "format/json.h"

/* Of TALK_SIGHT, "names", "looked_at", "why" and "who", numbers and lengths within bounds
 * (model/host.h): longer texts are cut. NULL: the watch has said nothing yet. */
must_use struct json *sight_read(const struct json *told);

/* Puts it into *sight, in place of what was said before (NULL: nothing), and logs what is only
 * looked at. */
void sight_take(struct json **sight, const struct json *told);

/* "watch" of the host's facts: the last sight (NULL: none yet), and what daily runs found. */
must_use struct json *sight_facts(const struct json *sight, const struct defects *defects);
