#include "judge/assist.h"

#include <string.h>

#include "assess/command/run.h"
#include "judge/runner.h"
#include "os/child.h"
#include "os/folder.h"
#include "os/kernel/keeper.h"

#define SLACK_MS 1000 /* beyond a helper's own limit, until it counts as gone */
#define COMMAND_ARENA_MAX (1024u * 1024)
#define OVER "the time that one run may wait for answers (45 s) is over"

struct asked {
	bool answered;
	enum gather_answer answer;
	char *text;
	size_t len;
};

struct ally {                    /* one helper, as the judge sees it */
	struct channel *channel; /* NULL: not started, or gone */
	bool tried;
	char gone[ERR_TEXT_SIZE]; /* why it is not there; "": it was not asked for */
};

struct assist {
	assist_start_fn start; /* NULL: those that are there are all */
	assist_command_fn command;
	void *data;
	struct ally allies[HELPER_ALL];
	struct map *questions;      /* to struct asked */
	struct asked **numbers;     /* by number, from 1 + before */
	size_t room, count, before; /* before: questions of runs that are over */
	int64_t left_us;
};

/* -------- who is needed -------- */

unsigned assist_needs_of(const struct probe_call *call)
{
	unsigned roles = 0;
	struct text words = text_of(call->probe->asks), word;
	if (call->probe->asks_now && !call->probe->asks_now(call))
		return 0;
	while (text_word(&words, &word)) {
		enum helper_role role = helper_find(word);
		if (role < HELPER_COUNT)
			roles |= 1u << role;
	}
	return roles;
}

static unsigned needs_of_test(const struct test *test)
{
	if (!test)
		return 0;
	unsigned roles = test->kind == TEST_PROBE ? assist_needs_of(&test->call) : 0;
	for (size_t i = 0; test->kind != TEST_PROBE && i < test->test_count; i++)
		roles |= needs_of_test(test->tests[i]);
	return roles | needs_of_test(test->when);
}

unsigned assist_needs(const struct policies *policies)
{
	unsigned roles = 0;
	for (size_t i = 0; i < policies->count; i++) {
		const struct policy *policy = &policies->list[i];
		roles |= needs_of_test(policy->requirements);
		for (size_t j = 0; j < policy->check_count; j++)
			roles |= needs_of_test(policy->checks[j].when) |
				 needs_of_test(policy->checks[j].test);
	}
	return roles;
}

/* -------- starting -------- */

static struct assist *make(assist_start_fn start, void *data)
{
	struct assist *assist = mem_new(1, sizeof(*assist));
	*assist = (struct assist){.start = start,
				  .data = data,
				  .questions = map_new(),
				  .left_us = ASSIST_RUN_MS * INT64_C(1000)};
	return assist;
}

static int start_here(enum helper_role role, struct err *err)
{
	struct child child;
	int ends[2];
	if (!channel_pair(ends, err))
		return -1;
	struct helper_start start = {.role = role, .end = ends[1]};
	bool started = child_start(&child, helper_run, &start, &start.end, 1, err);
	folder_close(&ends[1]);
	if (started)
		folder_close(&child.pidfd); /* it ends with its channel, and with us */
	else
		folder_close(&ends[0]);
	return ends[0];
}

struct assist *assist_new(unsigned roles, struct err *err)
{
	struct assist *assist = make(NULL, NULL);
	for (unsigned i = 0; i < HELPER_ALL; i++) {
		if (!(roles >> i & 1))
			continue;
		int end = start_here((enum helper_role)i, err);
		if (end < 0) {
			err_add(err, "%s", helper_of((enum helper_role)i)->name);
			assist_free(&assist);
			return NULL;
		}
		assist->allies[i].channel = channel_new(end);
	}
	return assist;
}

bool assist_begin(unsigned roles, struct gather *gather, struct assist **assist, struct err *err)
{
	if (roles == 0)
		return true;
	if (!keeper_stay(err))
		return false;
	*assist = assist_new(roles, err);
	if (*assist)
		gather_set_asker(gather, assist_asker(*assist));
	return *assist != NULL;
}

struct assist *assist_new_later(assist_start_fn start, void *data)
{
	return make(start, data);
}

void assist_set_command(struct assist *assist, assist_command_fn command)
{
	assist->command = command;
}

static void forget(struct assist *assist)
{
	for (size_t i = 0; i < assist->count; i++) {
		mem_free(&assist->numbers[i]->text);
		mem_free(&assist->numbers[i]);
	}
	assist->before += assist->count;
	assist->count = 0;
}

void assist_again(struct assist *assist)
{
	forget(assist);
	map_free(&assist->questions);
	assist->questions = map_new();
	assist->left_us = ASSIST_RUN_MS * INT64_C(1000);
}

void assist_free(struct assist **assist)
{
	if (!*assist)
		return;
	for (unsigned i = 0; i < HELPER_ALL; i++)
		channel_free(&(*assist)->allies[i].channel);
	forget(*assist);
	mem_free(&(*assist)->numbers);
	map_free(&(*assist)->questions);
	mem_free(assist);
}

/* -------- asking -------- */

static void lose(struct ally *ally, const char *who, const char *why)
{
	struct err err = {0};
	err_set(&err, ERR_SYSTEM, "%s%s%s", who, why[0] != '\0' ? ": " : " has ended", why);
	memcpy(ally->gone, err.text, sizeof(ally->gone));
	channel_free(&ally->channel);
}

static struct ally *find_ally(struct assist *assist, enum helper_role role)
{
	struct ally *ally = &assist->allies[role];
	if (ally->channel || ally->tried || !assist->start || role >= HELPER_COUNT)
		return ally; /* nobody starts a runner because a policy asks */
	struct err err = {0};
	int end = assist->start(assist->data, role, &err);
	ally->tried = true;
	if (end >= 0)
		ally->channel = channel_new(end);
	else
		lose(ally, helper_of(role)->name, err.text);
	return ally;
}

static struct asked *settle(struct asked *asked, enum gather_answer answer, struct text text)
{
	asked->answered = true;
	asked->answer = answer;
	asked->text = mem_copy(text.at ? text.at : "", text.len);
	asked->len = text.len;
	return asked;
}

/* Remembers the question, and sends it to whoever answers it. */
static struct asked *put(struct assist *assist, struct text question)
{
	struct err err = {0};
	struct asked *asked = mem_new(1, sizeof(*asked));
	enum helper_role role = helper_find(question);
	assist->numbers = mem_grow(assist->numbers, &assist->room, assist->count + 1,
				   sizeof(struct asked *));
	assist->numbers[assist->count++] = asked;
	map_put(assist->questions, question, asked);
	if (role == HELPER_ALL)
		return settle(asked, GATHER_MISSING, TEXT(ASK_NOBODY));
	if (role == HELPER_RUNNER && assist->command)
		return asked; /* it is run when the answer is wanted */
	struct ally *ally = find_ally(assist, role);
	if (!ally->channel && ally->gone[0] == '\0')
		return settle(asked, GATHER_MISSING, TEXT(ASK_NOBODY));
	if (!ally->channel)
		return settle(asked, GATHER_FAILED, text_of(ally->gone));
	if (!channel_send(ally->channel, (uint32_t)(assist->before + assist->count), question, -1,
			  &err)) {
		lose(ally, helper_of(role)->name, err.text);
		settle(asked, GATHER_FAILED, text_of(ally->gone));
	}
	return asked;
}

static struct asked *find(struct assist *assist, struct text question)
{
	struct asked *asked = map_get(assist->questions, question);
	if (asked || assist->count == ASSIST_QUESTIONS_MAX)
		return asked;
	return put(assist, question);
}

/* -------- answers -------- */

/* Whether it is an answer to question number 1..numbers. */
static bool is_answer(const struct channel_message *message, size_t numbers)
{
	struct text body = message->body;
	return message->fd < 0 && message->type != HELPER_CANNOT && message->type <= numbers &&
	       body.len > 0 && body.len <= ASK_ANSWER_MAX + 1 && body.at[0] >= '0' + GATHER_OK &&
	       body.at[0] <= '0' + GATHER_FAILED;
}

static void settle_by(struct asked *asked, struct text body)
{
	settle(asked, (enum gather_answer)(body.at[0] - '0'),
	       (struct text){body.at + 1, body.len - 1});
}

/* False: that was none. */
static bool take_answer(struct assist *assist, const struct channel_message *message)
{
	if (!is_answer(message, assist->before + assist->count))
		return false;
	if (message->type <= assist->before)
		return true; /* nobody waits for it any more */
	struct asked *asked = assist->numbers[message->type - assist->before - 1];
	if (!asked->answered)
		settle_by(asked, message->body);
	return true;
}

/* Waits, within what is left of the run's time. */
static void wait_more(struct assist *assist, struct ally *ally, const struct helper *helper)
{
	int64_t before_us = time_span_us(), left_ms = assist->left_us / 1000;
	int limit_ms = helper->wait_ms + SLACK_MS;
	if (left_ms <= 0)
		return;
	bool came = channel_wait(ally->channel, false,
				 left_ms < limit_ms ? (int)left_ms : limit_ms);
	assist->left_us -= time_span_us() - before_us;
	if (!came && left_ms >= limit_ms)
		lose(ally, helper->name, "it does not answer");
}

/* One step nearer to an answer: false when none will come. */
static bool listen(struct assist *assist, struct ally *ally, const struct helper *helper)
{
	struct err err = {0};
	struct channel_message message;
	bool empty;
	if (!channel_flush(ally->channel, &empty, &err)) {
		lose(ally, helper->name, err.text);
		return false;
	}
	switch (channel_receive(ally->channel, &message, &err)) {
	case CHANNEL_GOT:
		if (take_answer(assist, &message))
			return true;
		folder_close(&message.fd);
		if (message.type == HELPER_CANNOT)
			err_set(&err, ERR_SYSTEM, "%.*s", (int)text_cut(message.body, 300),
				message.body.at);
		else
			err_set(&err, ERR_INPUT, "it says what is no answer");
		break;
	case CHANNEL_NOTHING:
		wait_more(assist, ally, helper);
		return ally->channel && assist->left_us > 0;
	case CHANNEL_CLOSED:
	case CHANNEL_BROKEN:
		break;
	}
	lose(ally, helper->name, err.text);
	return false;
}

/* -------- commands of a host's list -------- */

/* Waits for what the runner says, as long as the run, the policy and the list's own limit let it.
 */
static void hear_runner(struct assist *assist, struct asked *asked, struct channel *channel,
			int64_t span_us)
{
	struct err err = {0};
	struct channel_message message;
	int64_t began_us = time_span_us();
	int64_t limit_us = span_us < RUNNER_LISTED_MS * INT64_C(1000)
				   ? span_us
				   : (RUNNER_LISTED_MS + SLACK_MS) * INT64_C(1000);
	bool is_last = limit_us > assist->left_us;
	int64_t until_us = began_us + (is_last ? assist->left_us : limit_us);
	enum channel_answer got;
	while ((got = channel_receive(channel, &message, &err)) == CHANNEL_NOTHING) {
		int64_t left_us = until_us - time_span_us();
		if (left_us <= 0)
			break;
		(void)!channel_wait(channel, false, (int)(left_us / 1000) + 1);
	}
	assist->left_us -= time_span_us() - began_us;
	if (got == CHANNEL_GOT && is_answer(&message, 1))
		settle_by(asked, message.body);
	else if (got == CHANNEL_NOTHING)
		settle(asked, GATHER_FAILED,
		       is_last ? TEXT(OVER) : TEXT("it took too long, and was killed"));
	else
		settle(asked, GATHER_FAILED, TEXT("its runner ended without an answer"));
}

static void run_listed(struct assist *assist, struct asked *asked, struct text question)
{
	struct run run;
	struct err err = {0};
	enum gather_answer how = GATHER_FAILED;
	scoped(arena_free) struct arena *arena = arena_new(COMMAND_ARENA_MAX);
	int end = -1;
	if (assist->left_us <= 0)
		err_set(&err, ERR_BUSY, OVER);
	else if (run_read(question, arena, &run, &err))
		end = assist->command(assist->data, run.argv, run.argc, &how, &err);
	if (end < 0) {
		settle(asked, how, text_of(err.text));
		return;
	}
	struct channel *channel = channel_new(end);
	hear_runner(assist, asked, channel, run.span_us);
	channel_free(&channel); /* by which its runner knows that nobody waits */
}

static enum gather_answer ask(void *data, struct text question, struct arena *arena,
			      struct text *answer, struct text *why)
{
	struct assist *assist = data;
	struct asked *asked = find(assist, question);
	if (!asked) {
		*why = TEXT("more questions in one run than 200000");
		return GATHER_FAILED;
	}
	enum helper_role role = helper_find(question);
	if (!asked->answered && role == HELPER_RUNNER && assist->command)
		run_listed(assist, asked, question);
	while (!asked->answered) {
		struct ally *ally = &assist->allies[role];
		if (ally->channel && listen(assist, ally, helper_of(role)))
			continue;
		settle(asked, GATHER_FAILED, ally->channel ? TEXT(OVER) : text_of(ally->gone));
	}
	*(asked->answer == GATHER_OK ? answer : why) = arena_text(
		arena, (struct text){asked->text, asked->len});
	return asked->answer;
}

static void expect(void *data, struct text question)
{
	(void)find(data, question);
}

struct asker assist_asker(struct assist *assist)
{
	return (struct asker){.ask = ask, .expect = expect, .data = assist};
}
