/* link.h: the process that talks to the server, and can do nothing else: its TLS connection, and
 * the spool.
 *
 * It reconnects for ever, LINK_RETRY_MIN_MS to LINK_RETRY_MAX_MS apart, with jitter; unless the
 * server refuses it for good. What it sends stays in the spool until the server has acknowledged
 * it. */
#pragma once
#include "agent/identity.h"

#define LINK_RETRY_MIN_MS 1000
#define LINK_RETRY_MAX_MS 60000
#define LINK_UNSENT_MAX (4u * 1024 * 1024) /* bytes of items on their way into the socket */
#define LINK_FACTS_MS 10000 /* the host's facts, where they changed, are said at most so often */
#define LINK_STATUS_MS 1000 /* the status file is written at most so often */
#define LINK_EXIT_REFUSED 4 /* exit status: the server does not want this agent any more */

struct link_start {                      /* what the monitor hands over */
	int monitor, gate, watch, spool; /* ends of channels, a folder */
	const struct identity *identity;
};

int link_run(void *start); /* child_start's function; the exit status */
