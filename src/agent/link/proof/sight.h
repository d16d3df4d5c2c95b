/* sight.h: what the watch says of itself, as a part of the host's facts. */
#pragma once
#include "format/json.h"

/* Of TALK_SIGHT, "names", "looked_at", "why" and "who", numbers and lengths within bounds
 * (model/host.h): longer texts are cut. NULL: the watch has said nothing yet. */
must_use struct json *sight_read(const struct json *told);
