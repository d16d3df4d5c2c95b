#include "judge/helper.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "assess/engine/ask.h"
#include "base/time.h"
#include "os/child.h"
#include "os/folder.h"
#include "unit.h"

/* -------- a helper that does what it is asked -------- */

static enum gather_answer do_as_asked(struct text question, struct buf *text)
{
	if (text_is(question, "do hang"))
		child_pause(60000);
	if (text_is(question, "do fall"))
		raise(SIGKILL);
	if (text_is(question, "do much"))
		for (size_t i = 0; i <= ASK_ANSWER_MAX; i++)
			buf_char(text, 'x');
	if (text_is(question, "do as much as may be"))
		for (size_t i = 0; i < ASK_ANSWER_MAX; i++)
			buf_char(text, 'x');
	if (text_is(question, "do not"))
		buf_cstr(text, "it can't be known");
	if (text_is(question, "do well"))
		buf_cstr(text, "well");
	return text_is(question, "do not") ? GATHER_FAILED : GATHER_OK;
}

static const struct helper in_turn = {
	.name = "obeyer", .words = "do", .wait_ms = 100, .serve = do_as_asked};
static const struct helper at_once = {
	.name = "obeyer", .words = "do", .at_once = 3, .wait_ms = 400, .serve = do_as_asked};

struct scene {
	const struct helper *helper;
	struct child child;
	struct channel *channel;
	int ends[2];
};

static int serve(void *data)
{
	const struct scene *scene = data;
	struct err err = {0};
	struct channel *channel = channel_new(scene->ends[1]);
	bool done = helper_serve(scene->helper, channel, &err);
	channel_free(&channel);
	return done ? 0 : 9;
}

static void begin(struct scene *scene, const struct helper *helper)
{
	struct err err = {0};
	scene->helper = helper;
	assert_true(channel_pair(scene->ends, &err));
	assert_true(child_start(&scene->child, serve, scene, &scene->ends[1], 1, &err));
	folder_close(&scene->ends[1]);
	scene->channel = channel_new(scene->ends[0]);
}

static void ask(struct scene *scene, uint32_t number, const char *question)
{
	struct err err = {0};
	assert_true(channel_send(scene->channel, number, text_of(question), -1, &err));
}

/* The next message's number and body. */
static uint32_t hear(struct scene *scene, struct text *body)
{
	struct err err = {0};
	struct channel_message message;
	enum channel_answer answer;
	while ((answer = channel_receive(scene->channel, &message, &err)) == CHANNEL_NOTHING)
		assert_true(channel_wait(scene->channel, false, 20000));
	assert_int_equal(answer, CHANNEL_GOT);
	*body = message.body;
	return message.type;
}

/* Closes the channel; whether the helper ends as it should. */
static struct child_end end(struct scene *scene)
{
	channel_free(&scene->channel);
	return child_finish(&scene->child, 20000);
}

/* -------- both ways -------- */

static void answers_are_told_with_how_they_went(const struct helper *helper)
{
	struct scene scene;
	struct text body;
	begin(&scene, helper);
	ask(&scene, 1, "do well");
	assert_int_equal(hear(&scene, &body), 1);
	assert_true(text_is(body, "0well"));
	ask(&scene, 2, "do not");
	assert_int_equal(hear(&scene, &body), 2);
	assert_true(text_is(body, "2it can't be known"));
	ask(&scene, 3, "do nothing");
	assert_int_equal(hear(&scene, &body), 3);
	assert_true(text_is(body, "0"));
	struct child_end ended = end(&scene);
	assert_int_equal(ended.how, CHILD_EXITED);
	assert_int_equal(ended.status, 0);
}

test(in_turn_answers_are_told_with_how_they_went)
{
	answers_are_told_with_how_they_went(&in_turn);
}

test(at_once_answers_are_told_with_how_they_went)
{
	answers_are_told_with_how_they_went(&at_once);
}

static void an_answer_has_a_limit(const struct helper *helper)
{
	struct scene scene;
	struct text body;
	begin(&scene, helper);
	ask(&scene, 1, "do as much as may be");
	assert_int_equal(hear(&scene, &body), 1);
	assert_int_equal(body.len, ASK_ANSWER_MAX + 1);
	ask(&scene, 2, "do much");
	assert_int_equal(hear(&scene, &body), 2);
	assert_true(text_is(body, "2the answer is longer than 1 MiB"));
	assert_int_equal(end(&scene).status, 0);
}

test(in_turn_an_answer_has_a_limit)
{
	an_answer_has_a_limit(&in_turn);
}

test(at_once_an_answer_has_a_limit)
{
	an_answer_has_a_limit(&at_once);
}

static void no_question_ends_it(const struct helper *helper)
{
	static const uint32_t numbers[] = {1, 1, HELPER_CANNOT};
	for (unsigned i = 0; i < array_len(numbers); i++) {
		struct scene scene;
		scoped(buf_end) struct buf question = {0};
		for (unsigned j = 0; i == 1 && j <= ASK_QUESTION_MAX; j++)
			buf_char(&question, 'q');
		begin(&scene, helper);
		ask(&scene, numbers[i], i == 2 ? "do well" : i == 1 ? question.at : "");
		struct child_end ended = child_finish(&scene.child, 20000);
		assert_int_equal(ended.how, CHILD_EXITED);
		assert_int_equal(ended.status, 9);
		channel_free(&scene.channel);
	}
}

test(in_turn_no_question_ends_it)
{
	no_question_ends_it(&in_turn);
}

test(at_once_no_question_ends_it)
{
	no_question_ends_it(&at_once);
}

/* -------- at once -------- */

test(what_hangs_or_falls_costs_its_own_answer)
{
	struct scene scene;
	struct text body;
	unsigned seen = 0;
	begin(&scene, &at_once);
	ask(&scene, 1, "do hang");
	ask(&scene, 2, "do fall");
	ask(&scene, 3, "do well");
	for (int i = 0; i < 3; i++) {
		uint32_t number = hear(&scene, &body);
		seen |= 1u << number;
		assert_true(text_is(
			body, number == 3   ? "0well"
			      : number == 2 ? "2obeyer was killed by SIGKILL"
					    : "2obeyer was killed by SIGALRM: it took too long"));
	}
	assert_int_equal(seen, 14);
	assert_int_equal(end(&scene).status, 0);
}

test(many_that_hang_are_waited_for_together)
{
	struct scene scene;
	struct text body;
	unsigned seen = 0;
	int64_t before_us = time_span_us();
	begin(&scene, &at_once);
	for (uint32_t i = 1; i <= 6; i++)
		ask(&scene, i, "do hang");
	ask(&scene, 7, "do well");
	for (int i = 0; i < 7; i++)
		seen |= 1u << hear(&scene, &body);
	assert_int_equal(seen, 254);
	/* two rounds of 400 ms, where one after another would be 2.4 s */
	assert_true(time_span_us() - before_us < 1800000);
	assert_int_equal(end(&scene).status, 0);
}

test(it_ends_with_its_channel_whatever_still_hangs)
{
	struct scene scene;
	begin(&scene, &at_once);
	ask(&scene, 1, "do hang");
	struct child_end ended = end(&scene);
	assert_int_equal(ended.how, CHILD_EXITED);
	assert_int_equal(ended.status, 0);
}

/* -------- the table -------- */

test(the_first_word_of_a_question_settles_who_answers)
{
	assert_int_equal(helper_find(TEXT("reach localhost:22 {}")), HELPER_NETPROBE);
	assert_int_equal(helper_find(TEXT("reach")), HELPER_NETPROBE);
	assert_int_equal(helper_find(TEXT("reac localhost:22 {}")), HELPER_ALL);
	assert_int_equal(helper_find(TEXT("reaches localhost:22")), HELPER_ALL);
	assert_int_equal(helper_find(TEXT("")), HELPER_ALL);
}
