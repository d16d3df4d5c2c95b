/* facts.h: what probes answered in this run, each call made once and shared by every test that asks
 * the same.
 *
 * Calls are the same when probe, subject (of a table probe: not its query), parameters, fields and
 * the wish for content are. Answers whose contents are only lent (gather.h) are not kept: their
 * files are read anew. */
#pragma once
#include "assess/probe/probe.h"

struct facts;

must_use struct facts *facts_new(struct gather *gather);
void facts_free(struct facts **facts);

/* The answer, good until the next facts_get, and its texts as long as the gather. */
must_use const struct probe_answer *facts_get(struct facts *facts, const struct probe_call *call);

/* Begins to note, anew, what the answers that are given from here on depend on. */
void facts_track(struct facts *facts);
/* The names that were noted, in the gather's arena; "clock" among them: the answer ages. */
void facts_looked(const struct facts *facts, const struct text **names, size_t *count);
