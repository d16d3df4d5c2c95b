#include "judge/assist.h"

#include "os/child.h"
#include "os/folder.h"
#include "unit.h"

/* -------- a helper of the test's own -------- */

struct peer { /* what it says: numbers and bodies, once it has heard `hears` questions */
	unsigned hears, starts;
	struct {
		uint32_t number;
		struct text body;
	} says[4];
	unsigned count;
	bool refuses;
};

struct running {
	const struct peer *peer;
	int end;
};

static int say_all(void *data)
{
	const struct running *running = data;
	struct err err = {0};
	struct channel_message message;
	struct channel *channel = channel_new(running->end);
	for (unsigned i = 0; i < running->peer->hears;) {
		enum channel_answer answer = channel_receive(channel, &message, &err);
		i += answer == CHANNEL_GOT;
		if (answer == CHANNEL_CLOSED ||
		    (answer == CHANNEL_NOTHING && !channel_wait(channel, false, 20000)))
			return 1;
	}
	for (unsigned i = 0; i < running->peer->count; i++)
		if (!channel_send(channel, running->peer->says[i].number,
				  running->peer->says[i].body, -1, &err))
			return 1;
	channel_free(&channel);
	return 0;
}

static int start_peer(void *data, enum helper_role role, struct err *err)
{
	struct peer *peer = data;
	struct child child;
	int ends[2];
	assert_int_equal(role, HELPER_NETPROBE);
	peer->starts++;
	if (peer->refuses) {
		err_set(err, ERR_SYSTEM, "the monitor won't");
		return -1;
	}
	assert_true(channel_pair(ends, err));
	struct running running = {.peer = peer, .end = ends[1]};
	assert_true(child_start(&child, say_all, &running, &ends[1], 1, err));
	folder_close(&ends[1]);
	folder_close(&child.pidfd);
	return ends[0];
}

struct scene {
	struct arena *arena;
	struct assist *assist;
	struct asker asker;
	struct text answer, why;
};

static void begin(struct scene *scene, struct peer *peer)
{
	*scene = (struct scene){.arena = arena_new(1u << 22),
				.assist = assist_new_later(start_peer, peer)};
	scene->asker = assist_asker(scene->assist);
}

static void end(struct scene *scene)
{
	assist_free(&scene->assist);
	arena_free(&scene->arena);
}

static enum gather_answer ask(struct scene *scene, const char *question)
{
	scene->answer = scene->why = (struct text){0};
	return scene->asker.ask(scene->asker.data, text_of(question), scene->arena, &scene->answer,
				&scene->why);
}

static void expect(struct scene *scene, const char *question)
{
	scene->asker.expect(scene->asker.data, text_of(question));
}

/* -------- answers -------- */

test(each_question_gets_its_own_answer_in_whatever_order_they_come)
{
	struct peer peer = {.hears = 3,
			    .says = {{3, TEXT("0three")}, {1, TEXT("0one")}, {2, TEXT("2why not")}},
			    .count = 3};
	scoped(end) struct scene scene;
	begin(&scene, &peer);
	expect(&scene, "reach a");
	expect(&scene, "reach b");
	expect(&scene, "reach a"); /* is known already */
	assert_int_equal(ask(&scene, "reach c"), GATHER_OK);
	assert_true(text_is(scene.answer, "three"));
	assert_int_equal(ask(&scene, "reach a"), GATHER_OK);
	assert_true(text_is(scene.answer, "one"));
	assert_int_equal(ask(&scene, "reach b"), GATHER_FAILED);
	assert_true(text_is(scene.why, "why not"));
	assert_int_equal(ask(&scene, "reach a"), GATHER_OK);
	assert_int_equal(peer.starts, 1);
}

test(what_nobody_answers_is_missing)
{
	struct peer peer = {0};
	scoped(end) struct scene scene;
	begin(&scene, &peer);
	assert_int_equal(ask(&scene, "moon phase"), GATHER_MISSING);
	assert_true(text_is(scene.why, "nobody here can look it up"));
	assert_int_equal(peer.starts, 0);
}

test(a_helper_that_was_not_wanted_is_missing)
{
	struct err err = {0};
	scoped(end) struct scene scene = {.arena = arena_new(1u << 16),
					  .assist = assist_new(0, &err)};
	scene.asker = assist_asker(scene.assist);
	assert_int_equal(ask(&scene, "reach a"), GATHER_MISSING);
}

/* Whatever a policy asks: only assist_new starts what runs commands, where a person said so. */
test(a_runner_is_never_started_because_a_question_wants_it)
{
	struct peer peer = {0};
	struct text answer, why;
	scoped(assist_free) struct assist *assist = assist_new_later(start_peer, &peer);
	scoped(arena_free) struct arena *arena = arena_new(1 << 20);
	struct asker asker = assist_asker(assist);
	assert_int_equal(asker.ask(asker.data, TEXT("run 1000 id"), arena, &answer, &why),
			 GATHER_MISSING);
	assert_int_equal(peer.starts, 0);
	assert_int_equal(helper_find(TEXT("run 1000 id")), HELPER_RUNNER);
	assert_true(HELPER_RUNNER >= HELPER_COUNT); /* what an agent's monitor starts is below */
}

test(a_helper_that_does_not_start_is_a_failure_once_and_for_all)
{
	struct peer peer = {.refuses = true};
	scoped(end) struct scene scene;
	begin(&scene, &peer);
	assert_int_equal(ask(&scene, "reach a"), GATHER_FAILED);
	assert_true(text_is(scene.why, "netprobe: the monitor won't"));
	assert_int_equal(ask(&scene, "reach b"), GATHER_FAILED);
	assert_int_equal(peer.starts, 1);
}

test(a_helper_that_says_what_is_no_answer_is_given_up)
{
	static const struct {
		uint32_t number;
		struct text body;
		const char *why;
	} cases[] = {
		{2, TEXT("0of another"), "netprobe: it says what is no answer"},
		{1, TEXT(""), "netprobe: it says what is no answer"},
		{1, TEXT("3"), "netprobe: it says what is no answer"},
		{1, TEXT("-1"), "netprobe: it says what is no answer"},
		{HELPER_CANNOT, TEXT("no seccomp"), "netprobe: no seccomp"},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct peer peer = {
			.hears = 1,
			.says = {{cases[i].number, cases[i].body}, {1, TEXT("0too late")}},
			.count = 2};
		scoped(end) struct scene scene;
		begin(&scene, &peer);
		assert_int_equal(ask(&scene, "reach a"), GATHER_FAILED);
		assert_true(text_is(scene.why, cases[i].why));
		assert_int_equal(ask(&scene, "reach b"), GATHER_FAILED);
	}
}

test(a_helper_that_ends_fails_what_it_was_asked)
{
	struct peer peer = {.hears = 1};
	scoped(end) struct scene scene;
	begin(&scene, &peer);
	assert_int_equal(ask(&scene, "reach a"), GATHER_FAILED);
	assert_true(text_is(scene.why, "netprobe has ended"));
}

/* -------- who is needed -------- */

static unsigned needs(const char *policy)
{
	scoped(arena_free) struct arena *arena = arena_new(POLICY_ARENA_MAX);
	struct findings findings = {.arena = arena};
	struct policies policies = {0};
	assert_true(policy_load(text_of(policy), arena, &policies, &findings));
	unsigned roles = assist_needs(&policies);
	policies_end(&policies);
	return roles;
}

test(helpers_are_needed_only_by_tests_that_ask_them)
{
	assert_int_equal(needs("policy: p\nchecks:\n- {ref: a, level: low, name: n,\n"
			       "   test: {file: /etc/a}}\n"),
			 0);
	assert_int_equal(needs("policy: p\nchecks:\n- {ref: a, level: low, name: n,\n"
			       "   when: {any: [{file: /etc/a}, {reach: 'a:1', open: false}]},\n"
			       "   test: {file: /etc/a}}\n"),
			 1u << HELPER_NETPROBE);
	assert_int_equal(needs("policy: p\nchecks:\n- {ref: a, level: low, name: n,\n"
			       "   test: {all: [{file: /etc/a}, {reach: 'a:1', open: false}]}}\n"),
			 1u << HELPER_NETPROBE);
	assert_int_equal(needs("policy: p\nchecks:\n- {ref: a, level: low, name: n,\n"
			       "   test: {when: {reach: 'a:1', open: true}, file: /etc/a}}\n"),
			 1u << HELPER_NETPROBE);
	assert_int_equal(needs("policy: p\nchecks:\n- {ref: a, level: low, name: n,\n"
			       "   test: {any: [{command: id}, {command: 'cat /etc/a'}]}}\n"),
			 0);
	unsigned audit = needs(
		"policy: {id: p}\nrequirements: {condition: all, rules: ['c:auditctl "
		"-l']}\nchecks: [{id: 1, condition: all, rules: ['f:/etc/a']}]\n");
	assert_int_equal(audit & 1u << HELPER_RULEREADER, 1u << HELPER_RULEREADER);
	assert_int_equal(audit & 1u << HELPER_RUNNER, 0);
}

/* -------- commands of a host's list -------- */

struct list {              /* whoever keeps it, in the place of an agent's monitor */
	const char *words; /* that were asked for, a blank behind each */
	unsigned asked;
	enum gather_answer how;
	const char *says; /* what a runner says; NULL: there is none, for reason */
	uint32_t number;
	const char *reason;
};

struct told {
	const struct list *list;
	int end;
};

static int say_once(void *data)
{
	const struct told *told = data;
	struct err err = {0};
	struct channel *channel = channel_new(told->end);
	bool waits = told->list->says[0] == '\0'; /* says nothing until nobody listens */
	while (waits && channel_wait(channel, false, 20000))
		break;
	bool done = waits ||
		    channel_send(channel, told->list->number, text_of(told->list->says), -1, &err);
	channel_free(&channel);
	return done ? 0 : 1;
}

static int command(void *data, const struct text *argv, size_t argc, enum gather_answer *how,
		   struct err *err)
{
	struct list *list = data;
	struct child child;
	int ends[2];
	list->asked++;
	list->words = "";
	for (size_t i = 0; i < argc; i++)
		list->words = unit_text("%s%.*s ", list->words, TEXT_ARG(argv[i]));
	*how = list->how;
	if (!list->says) {
		err_set(err, ERR_REFUSED, "%s", list->reason);
		return -1;
	}
	assert_true(channel_pair(ends, err));
	struct told told = {.list = list, .end = ends[1]};
	assert_true(child_start(&child, say_once, &told, &ends[1], 1, err));
	folder_close(&ends[1]);
	folder_close(&child.pidfd);
	return ends[0];
}

static void begin_list(struct scene *scene, struct list *list)
{
	*scene = (struct scene){.arena = arena_new(1u << 22),
				.assist = assist_new_later(start_peer, list)};
	assist_set_command(scene->assist, command);
	scene->asker = assist_asker(scene->assist);
}

test(a_list_says_which_commands_are_run)
{
	static const struct {
		struct list list;
		const char *question;
		enum gather_answer how;
		const char *answer; /* or why there is none */
	} rows[] = {
		{{.says = "00 3 0\nout", .number = 1}, "run 1000 id -u", GATHER_OK, "0 3 0\nout"},
		{{.says = "2it fell", .number = 1}, "run 1000 id -u", GATHER_FAILED, "it fell"},
		{{.how = GATHER_MISSING, .reason = "it is not in /list"},
		 "run 1000 id -u",
		 GATHER_MISSING,
		 "it is not in /list"},
		{{.how = GATHER_FAILED, .reason = "/list:3: broken"},
		 "run 1000 id -u",
		 GATHER_FAILED,
		 "/list:3: broken"},
		/* what is no answer */
		{{.says = "00 3 0\nout", .number = 2},
		 "run 1000 id -u",
		 GATHER_FAILED,
		 "its runner ended without an answer"},
		{{.says = "9out", .number = 1},
		 "run 1000 id -u",
		 GATHER_FAILED,
		 "its runner ended without an answer"},
	};
	for (size_t i = 0; i < array_len(rows); i++) {
		struct list list = rows[i].list;
		scoped(end) struct scene scene;
		begin_list(&scene, &list);
		expect(&scene, rows[i].question); /* runs nothing yet */
		assert_int_equal(list.asked, 0);
		assert_int_equal(ask(&scene, rows[i].question), rows[i].how);
		assert_string_equal(list.words, "id -u ");
		struct text said = rows[i].how == GATHER_OK ? scene.answer : scene.why;
		if (!text_is(said, rows[i].answer))
			fail_msg("%zu: %.*s", i, TEXT_ARG(said));
		assert_int_equal(ask(&scene, rows[i].question), rows[i].how);
		assert_int_equal(list.asked, 1); /* once a run */
		assist_again(scene.assist);
		assert_int_equal(ask(&scene, rows[i].question), rows[i].how);
		assert_int_equal(list.asked, 2); /* and anew in the next */
	}
}

test(a_command_that_takes_longer_than_the_policy_says_is_given_up)
{
	struct list list = {.says = "", .number = 1};
	scoped(end) struct scene scene;
	begin_list(&scene, &list);
	assert_int_equal(ask(&scene, "run 1000 id -u"), GATHER_FAILED);
	assert_true(text_is(scene.why, "it took too long, and was killed"));
}

test(a_question_for_a_command_that_is_none_asks_nobody)
{
	struct list list = {.how = GATHER_MISSING, .reason = "no"};
	scoped(end) struct scene scene;
	begin_list(&scene, &list);
	assert_int_equal(ask(&scene, "run id"), GATHER_FAILED);
	assert_int_equal(ask(&scene, "run 1000 "), GATHER_FAILED);
	assert_int_equal(list.asked, 0);
}
