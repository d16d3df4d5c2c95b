/* helper.h: the processes that look at what a judge may not: what each answers, and how it lives.
 *
 * A judge sees files and nothing else. What lies across the network, or in other users' processes,
 * it asks of a helper (assist.h): a process that answers one kind of question and can do nothing
 * else. It is forked before the judge's walls go up, puts up its own, answers until its channel is
 * closed, and is killed with its parent. Nobody but a judge asks it; still, what it is asked is
 * input like any other.
 *
 * A new helper: a file here with a const struct helper, its row in enum helper_role and in the
 * table of helper.c, and the probes that ask it say so (struct probe: asks). */
#pragma once
#include "assess/engine/gather.h"
#include "os/channel.h"

#define HELPER_AT_ONCE_MAX 64 /* questions of one helper at a time */

enum helper_role {
	HELPER_NETPROBE,   /* connects out */
	HELPER_PROCREADER, /* looks at the processes of others */
	HELPER_RULEREADER, /* asks the kernel for its rules */
	HELPER_COUNT,      /* those above start when they are needed, also at an agent */
	/* Runs commands: for `muster check`, where whoever calls says so, and nowhere else. At an
	 * agent root's list decides, and no helper is asked (assist_set_command). */
	HELPER_RUNNER = HELPER_COUNT,
	HELPER_ALL,
};

struct helper {
	const char *name;
	const char *words; /* the first words of the questions that it answers: "tls reach" */
	/* Questions at a time, each in a process of its own, so that one that hangs or falls costs
	 * its own answer alone; 0: the helper answers itself, one after another. */
	unsigned at_once;
	int wait_ms; /* for one answer; then its process ends, or the helper is given up */
	/* Loads and opens what it needs, then gives up everything else: powers_become,
	 * child_stay_bound, powers_lock, powers_wall_paths, powers_wall_calls. */
	bool (*enter)(struct err *err);
	/* Whether the question is one of its few; else the helper ends. NULL: serve says what is
	 * wrong with it. */
	bool (*takes)(struct text question);
	/* The answer, or of GATHER_MISSING and GATHER_FAILED why, into text (empty before). */
	enum gather_answer (*serve)(struct text question, struct buf *text);
};

extern const struct helper helper_netprobe;
extern const struct helper helper_procreader;
extern const struct helper helper_rulereader;
extern const struct helper helper_runner;

must_use const struct helper *helper_of(enum helper_role role);

/* Who answers a question (its first word counts); HELPER_ALL: nobody. */
must_use enum helper_role helper_find(struct text question);

/* What is said on the channel. Judge > helper: the type is the question's number (1…), the body
 * the question. Helper > judge: the same number; the body is how it went (enum gather_answer as a
 * digit), then the answer or why. Number 0: the helper can't start, and why. */
#define HELPER_CANNOT 0

struct helper_start {
	enum helper_role role;
	int end; /* of a channel; the judge has the other */
};

/* Sends one answer, and waits until it is with the kernel. A text beyond ASK_ANSWER_MAX becomes
 * GATHER_FAILED. */
must_use bool helper_answer(struct channel *channel, uint32_t number, enum gather_answer how,
			    struct text text, struct err *err);

/* Answers until the channel is closed (true); what helper_run does within the walls. */
must_use bool helper_serve(const struct helper *helper, struct channel *channel, struct err *err);

int helper_run(void *data); /* child_start's function, of a struct helper_start */
