/* assist.h: how a judge asks the helpers (helper.h): the asker of its gather (assess/engine/ask.h).
 *
 * Before its walls go up, a judge of its own process (`muster check`) starts those helpers that its
 * policies can need, often none; the agent's judge has the monitor start one when the first
 * question comes. Questions that were announced (gather_expect) are asked at once, so that many
 * slow answers are waited for together. */
#pragma once
#include "assess/engine/ask.h"
#include "assess/policy/policy.h"
#include "judge/helper.h"

#define ASSIST_QUESTIONS_MAX 200000 /* of one run; further ones can't be known */
#define ASSIST_RUN_MS 45000         /* waited for answers in one run; then likewise */

struct assist; /* a handle */

/* A bit for each role (1u << role) that these policies, or this call, can ask. */
must_use unsigned assist_needs(const struct policies *policies);
must_use unsigned assist_needs_of(const struct probe_call *call);

/* Starts these helpers now; the others are not there. A program of its own has a keeper stay behind
 * before (os/kernel/keeper.h): who is started here is not waited for. */
must_use struct assist *assist_new(unsigned roles, struct err *err);

/* For a program that judges once: the keeper, the helpers, and the asker of this gather. Without
 * roles nothing is done, and *assist stays NULL. */
must_use bool assist_begin(unsigned roles, struct gather *gather, struct assist **assist,
			   struct err *err);

/* Has helpers started as they are needed: start returns the judge's end of a channel, or -1. */
typedef int (*assist_start_fn)(void *data, enum helper_role role, struct err *err);
must_use struct assist *assist_new_later(assist_start_fn start, void *data);

/* Has a command run, where a list of this host has just these words: returns our end of a channel
 * on which its runner answers once (number 1, as a helper does). -1: *how is GATHER_MISSING (it is
 * not in the list) or GATHER_FAILED, and err says why. Without one (NULL), commands are run by
 * HELPER_RUNNER, where that was started, else by nobody. */
typedef int (*assist_command_fn)(void *data, const struct text *argv, size_t argc,
				 enum gather_answer *how, struct err *err);
void assist_set_command(struct assist *assist, assist_command_fn command); /* data: as of start */

must_use struct asker assist_asker(struct assist *assist); /* good until assist_free */
/* Another run begins: all that was asked is forgotten, and asked anew. */
void assist_again(struct assist *assist);
void assist_free(struct assist **assist); /* closes the channels, by which the helpers end */
