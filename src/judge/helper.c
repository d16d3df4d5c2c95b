#include "judge/helper.h"

#include "assess/engine/ask.h"
#include "os/child.h"
#include "os/folder.h"
#include "os/loop.h"

static const struct helper *const helpers[] = {
	[HELPER_NETPROBE] = &helper_netprobe,
	[HELPER_PROCREADER] = &helper_procreader,
	[HELPER_RULEREADER] = &helper_rulereader,
	[HELPER_RUNNER] = &helper_runner,
};

const struct helper *helper_of(enum helper_role role)
{
	must(role < HELPER_ALL);
	return helpers[role];
}

enum helper_role helper_find(struct text question)
{
	struct text rest = question, first = {0};
	(void)!text_word(&rest, &first);
	for (unsigned i = 0; i < HELPER_ALL; i++) {
		struct text words = text_of(helpers[i]->words), word;
		while (text_word(&words, &word))
			if (text_is_equal(word, first))
				return (enum helper_role)i;
	}
	return HELPER_ALL;
}

/* -------- one question, one answer -------- */

/* What the judge is told: a digit, and the answer within its limit. */
static void put_answer(struct buf *body, enum gather_answer answer, struct text text)
{
	if (text.len > ASK_ANSWER_MAX) {
		answer = GATHER_FAILED;
		text = TEXT("the answer is longer than 1 MiB");
	}
	buf_char(body, (char)('0' + (int)answer));
	buf_text(body, text);
}

/* Sends, and waits until it is with the kernel. */
static bool send_whole(struct channel *channel, uint32_t number, struct text body, struct err *err)
{
	bool empty = false;
	if (!channel_send(channel, number, body, -1, err))
		return false;
	while (channel_flush(channel, &empty, err) && !empty)
		(void)!channel_wait(channel, true, -1);
	return empty;
}

bool helper_answer(struct channel *channel, uint32_t number, enum gather_answer how,
		   struct text text, struct err *err)
{
	scoped(buf_end) struct buf body = {0};
	put_answer(&body, how, text);
	return send_whole(channel, number, buf_view(&body), err);
}

static bool answer(const struct helper *helper, struct channel *channel, uint32_t number,
		   struct text question, struct err *err)
{
	scoped(buf_end) struct buf text = {0};
	enum gather_answer how = helper->serve(question, &text);
	return helper_answer(channel, number, how, buf_view(&text), err);
}

/* A question that can't be one of a judge's ends the helper. */
static bool is_question(const struct helper *helper, const struct channel_message *message,
			struct err *err)
{
	bool good = message->type != HELPER_CANNOT && message->fd < 0 && message->body.len > 0 &&
		    message->body.len <= ASK_QUESTION_MAX &&
		    (!helper->takes || helper->takes(message->body));
	return good || err_set(err, ERR_INPUT, "what the judge asks is no question");
}

/* -------- one after another -------- */

static bool serve_in_turn(const struct helper *helper, struct channel *channel, struct err *err)
{
	struct channel_message message;
	for (;;) {
		switch (channel_receive(channel, &message, err)) {
		case CHANNEL_GOT:
			if (!is_question(helper, &message, err) ||
			    !answer(helper, channel, message.type, message.body, err))
				return false;
			break;
		case CHANNEL_NOTHING:
			(void)!channel_wait(channel, false, -1);
			break;
		case CHANNEL_CLOSED:
			return true;
		case CHANNEL_BROKEN:
			return false;
		}
	}
}

/* -------- several at once -------- */

struct serving;

struct slot { /* one question, and the process that looks for its answer */
	struct serving *serving;
	struct child child;
	struct channel *channel;
	uint32_t number;
	bool busy, answered;
};

struct serving {
	const struct helper *helper;
	struct channel *channel;
	struct loop *loop;
	struct slot slots[HELPER_AT_ONCE_MAX];
	bool done;
	struct err err;
};

struct one { /* what the process of a question is started with */
	const struct helper *helper;
	struct text question;
	int end;
};

static int answer_one(void *data)
{
	const struct one *one = data;
	struct err err = {0};
	struct channel *channel = channel_new(one->end);
	bool done = child_limit(one->helper->wait_ms, &err) &&
		    answer(one->helper, channel, 1, one->question, &err);
	channel_free(&channel);
	return done ? 0 : 1;
}

static void stop(struct serving *serving, bool done)
{
	serving->done = done;
	loop_stop(serving->loop);
}

static struct slot *free_slot(struct serving *serving)
{
	for (unsigned i = 0; i < serving->helper->at_once; i++)
		if (!serving->slots[i].busy)
			return &serving->slots[i];
	return NULL;
}

/* Reads questions while there are free slots, writes what the socket did not take. */
static void watch(struct serving *serving)
{
	bool empty = true;
	if (!channel_flush(serving->channel, &empty, &serving->err)) {
		stop(serving, false);
		return;
	}
	loop_change(serving->loop, channel_fd(serving->channel),
		    (free_slot(serving) ? LOOP_READ : 0u) | (empty ? 0u : LOOP_WRITE));
}

static void give(struct serving *serving, uint32_t number, struct text body)
{
	if (!channel_send(serving->channel, number, body, -1, &serving->err))
		stop(serving, false);
}

/* The answer of its process, passed on as it is. */
static void take_answer(struct slot *slot)
{
	struct err err = {0};
	struct channel_message message;
	if (slot->answered || channel_receive(slot->channel, &message, &err) != CHANNEL_GOT ||
	    message.fd >= 0 || message.body.len > ASK_ANSWER_MAX + 1)
		return;
	slot->answered = true;
	give(slot->serving, slot->number, message.body);
}

static void tell_no_answer(struct slot *slot, struct child_end end)
{
	const struct helper *helper = slot->serving->helper;
	scoped(buf_end) struct buf why = {0}, body = {0};
	if (end.how == CHILD_KILLED)
		buf_print(&why, "%s was killed by %s", helper->name, child_signal_name(end.status));
	else
		buf_print(&why, "%s ended without an answer", helper->name);
	put_answer(&body, GATHER_FAILED, buf_view(&why));
	give(slot->serving, slot->number, buf_view(&body));
}

static void slot_ready(void *data, unsigned events)
{
	struct slot *slot = data;
	take_answer(slot);
	if (slot->answered || events & LOOP_GONE)
		loop_remove(slot->serving->loop, channel_fd(slot->channel));
	watch(slot->serving);
}

static void slot_ended(void *data, unsigned events unused)
{
	struct slot *slot = data;
	struct serving *serving = slot->serving;
	loop_remove(serving->loop, slot->child.pidfd);
	struct child_end end = child_look(&slot->child);
	take_answer(slot);
	if (!slot->answered)
		tell_no_answer(slot, end);
	loop_remove(serving->loop, channel_fd(slot->channel));
	channel_free(&slot->channel);
	slot->busy = false;
	watch(serving);
}

static bool begin(struct serving *serving, const struct channel_message *message)
{
	struct slot *slot = free_slot(serving);
	struct one one = {.helper = serving->helper, .question = message->body};
	int ends[2];
	must(slot);
	if (!channel_pair(ends, &serving->err))
		return false;
	*slot = (struct slot){.serving = serving,
			      .number = message->type,
			      .busy = true,
			      .channel = channel_new(ends[0])};
	one.end = ends[1];
	bool started = child_start(&slot->child, answer_one, &one, &one.end, 1, &serving->err);
	struct channel *theirs = channel_new(ends[1]);
	channel_free(&theirs); /* the child's end is its own */
	if (!started)
		return false;
	return loop_add(serving->loop, channel_fd(slot->channel), LOOP_READ, slot_ready, slot,
			&serving->err) &&
	       loop_add(serving->loop, slot->child.pidfd, LOOP_READ, slot_ended, slot,
			&serving->err);
}

static void asked(void *data, unsigned events unused)
{
	struct serving *serving = data;
	struct channel_message message;
	while (free_slot(serving)) {
		enum channel_answer got = channel_receive(serving->channel, &message,
							  &serving->err);
		if (got == CHANNEL_NOTHING)
			break;
		if (got != CHANNEL_GOT || !is_question(serving->helper, &message, &serving->err) ||
		    !begin(serving, &message)) {
			stop(serving, got == CHANNEL_CLOSED);
			return;
		}
	}
	watch(serving);
}

static void end_serving(struct serving *serving)
{
	loop_free(&serving->loop);
	for (unsigned i = 0; i < serving->helper->at_once; i++)
		channel_free(&serving->slots[i].channel);
	mem_free(&serving);
}

/* The processes that still look are killed with us. */
static bool serve_at_once(const struct helper *helper, struct channel *channel, struct err *err)
{
	must(helper->at_once <= HELPER_AT_ONCE_MAX);
	struct serving *serving = mem_new(1, sizeof(*serving));
	serving->helper = helper;
	serving->channel = channel;
	serving->loop = loop_new(&serving->err);
	if (serving->loop &&
	    loop_add(serving->loop, channel_fd(channel), LOOP_READ, asked, serving, &serving->err))
		(void)!loop_run(serving->loop, &serving->err);
	bool done = serving->done;
	*err = serving->err;
	end_serving(serving);
	return done;
}

/* -------- the process -------- */

bool helper_serve(const struct helper *helper, struct channel *channel, struct err *err)
{
	return helper->at_once > 0 ? serve_at_once(helper, channel, err)
				   : serve_in_turn(helper, channel, err);
}

/* Says why it ends, and then only listens until the judge lets go: a channel that is closed with
 * questions in it would lose what was said. */
static void refuse(struct channel *channel, struct text why)
{
	struct err err = {0};
	struct channel_message message;
	enum channel_answer got = CHANNEL_GOT;
	if (!send_whole(channel, HELPER_CANNOT, why, &err))
		return;
	while (got == CHANNEL_GOT || got == CHANNEL_NOTHING) {
		got = channel_receive(channel, &message, &err);
		if (got == CHANNEL_GOT)
			folder_close(&message.fd);
		else if (got == CHANNEL_NOTHING)
			(void)!channel_wait(channel, false, -1);
	}
}

int helper_run(void *data)
{
	const struct helper_start *start = data;
	const struct helper *helper = helper_of(start->role);
	struct err err = {0};
	struct channel *channel = channel_new(start->end);
	bool done = helper->enter(&err) && helper_serve(helper, channel, &err);
	if (!done)
		refuse(channel, text_of(err.text));
	channel_free(&channel);
	return done ? 0 : 1;
}
