/* probes.h: what commands that take a probe's name have in common. */
#pragma once

/* Says that no probe has the name, and which one is near; returns the exit status, 2. */
int probes_refuse(const char *name);
