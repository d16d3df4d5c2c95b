#include "agent/work.h"

#include <string.h>

#include "agent/roles.h"
#include "assess/drift/culprits.h"
#include "assess/drift/drift.h"
#include "assess/engine/engine.h"
#include "base/log.h"
#include "base/time.h"
#include "judge/assist.h"
#include "judge/judge.h"
#include "os/folder.h"
#include "os/machine.h"

#define FACTS_ARENA_MAX (4u * 1024 * 1024)
#define WORK_CHECKS_MAX 10000000 /* the highest number of a check */
#define ERRORS_MAX 100           /* documents that could not be read, told by name */

struct work {
	const struct work_start *start;
	struct channel *gate, *link, *watch, *monitor;
	struct gather *gather;
	struct assist *assist;
	struct judge_walls walls;
	struct arena *arena; /* facts */
	struct host_facts facts;
	struct json *job; /* TALK_WORK */
	struct buf items; /* lines that are not sent yet */
	struct buf aged;  /* those of which nothing but time has passed */
	/* By the checks' numbers, over all documents: 2: it is to be judged, 1: it aged. */
	unsigned char *wanted;
	size_t wanted_count;
	struct culprits *culprits; /* who changed what they depend on */
	bool *chosen;              /* of the document at hand; NULL: all */
	bool watched;              /* the watch is told what checks depend on */
	size_t before;             /* checks of the documents before */
	size_t number;             /* of the check at hand */
	size_t item_count;
	struct json *errors; /* [{"name","detail"}] */
	struct err err;      /* why sending failed */
};

/* Sends, and waits until it is with the kernel. */
static bool tell_to(struct work *work, struct channel *channel, enum talk talk, struct text body)
{
	bool empty = false;
	if (!channel_send(channel, talk, body, -1, &work->err))
		return false;
	while (channel_flush(channel, &empty, &work->err) && !empty)
		if (!channel_wait(channel, true, WORK_TIME_MS))
			return err_set(&work->err, ERR_BUSY, "nobody takes what it has to say");
	return empty;
}

static bool tell(struct work *work, enum talk talk, struct text body)
{
	return tell_to(work, work->link, talk, body);
}

static bool tell_json(struct work *work, enum talk talk, const struct json *json)
{
	struct buf text = {0};
	json_write(json, &text);
	bool done = tell(work, talk, buf_view(&text));
	buf_end(&text);
	return done;
}

static bool take_job(struct work *work, struct err *err)
{
	struct channel_message message;
	for (;;) {
		switch (roles_receive(work->gate, ROLE_GATE, ROLE_JUDGE, &message, err)) {
		case CHANNEL_GOT:
			work->job = json_parse(message.body, err);
			return work->job != NULL;
		case CHANNEL_NOTHING:
			if (channel_wait(work->gate, false, WORK_WAIT_MS))
				break;
			return err_set(err, ERR_BUSY, "the gate hands over no work");
		case CHANNEL_CLOSED:
			return err_set(err, ERR_SYSTEM, "the gate has ended");
		case CHANNEL_BROKEN:
			return false;
		}
	}
}

/* What the host's facts are read from, the first that is there. */
static const char *const releases[] = {"/etc/os-release", "/usr/lib/os-release"};

/* What the judge can see of the host; the link adds what it knows itself. */
static void look_around(struct work *work)
{
	struct text release = {0}, why = {0};
	struct machine machine;
	machine_read(&machine);
	for (size_t i = 0; i < array_len(releases); i++)
		if (gather_read(work->gather, text_of(releases[i]), &release, &why) == GATHER_OK)
			break;
		else
			release = TEXT("");
	host_facts_from_os_release(release, work->arena, &work->facts);
	work->facts.name = text_of(work->start->name);
	work->facts.kernel = arena_text(work->arena, text_of(machine.kernel));
	work->facts.arch = arena_text(work->arena, text_of(machine.arch));
	work->facts.agent_version = TEXT(MUSTER_VERSION);
	work->facts.landlock_abi = work->walls.landlock_abi;
	work->facts.seccomp = work->walls.seccomp;
}

static struct json *header(const struct work *work)
{
	struct json *json = json_new_object();
	json_put_text(json, "run", json_text(work->job, "run"));
	json_put_text(json, "action", json_text(work->job, "action"));
	return json;
}

static bool tell_facts(struct work *work)
{
	struct json *json = header(work);
	json_put(json, "facts", host_facts_to_json(&work->facts));
	bool done = tell_json(work, TALK_FACTS, json);
	json_free(&json);
	return done;
}

static bool send_items(struct work *work)
{
	bool done = (work->items.len == 0 || tell(work, TALK_ITEMS, buf_view(&work->items))) &&
		    (work->aged.len == 0 || tell(work, TALK_AGED, buf_view(&work->aged)));
	buf_clear(&work->items);
	buf_clear(&work->aged);
	return done;
}

/* -------- the watch -------- */

static void want(struct work *work, struct text numbers, unsigned char kind)
{
	struct text word;
	uint64_t number;
	size_t room = work->wanted_count;
	while (text_word(&numbers, &word)) {
		if (!text_to_u64(word, 0, WORK_CHECKS_MAX, &number))
			continue;
		work->wanted = mem_grow(work->wanted, &room, number + 1, 1);
		work->wanted_count = room;
		if (work->wanted[number] < kind)
			work->wanted[number] = kind;
	}
}

/* Which checks, and whether somebody watches. */
static bool begin_part(struct work *work)
{
	const struct json *part = json_get(work->job, "part");
	struct buf text = {0};
	work->watched = json_int(part, "scope", 0) > 0;
	want(work, json_text(part, "aged"), 1);
	want(work, json_text(part, "checks"), 2);
	culprits_take_json(work->culprits, json_get(part, "by"));
	if (!work->watched || work->wanted_count > 0 || json_truth(part, "proof", false))
		return true;
	buf_print(&text, "{\"scope\":%lld}", (long long)json_int(part, "scope", 0));
	bool done = tell_to(work, work->watch, TALK_SCOPE, buf_view(&text));
	buf_end(&text);
	return done;
}

static bool end_part(struct work *work)
{
	struct buf text = {0};
	buf_print(&text, "{\"cpu_us\":%lld}", (long long)time_cpu_us());
	bool done = !work->watched || tell_to(work, work->watch, TALK_KNOWN, buf_view(&text));
	buf_end(&text);
	return done;
}

static unsigned char wants(const struct work *work, size_t number)
{
	return number < work->wanted_count ? work->wanted[number] : 0;
}

static void choose(struct work *work, const struct policies *policies, size_t *count)
{
	*count = 0;
	for (size_t i = 0; i < policies->count; i++)
		*count += policies->list[i].check_count;
	work->chosen = work->wanted_count > 0 ? mem_new(*count, sizeof(*work->chosen)) : NULL;
	for (size_t i = 0; work->chosen && i < *count; i++)
		work->chosen[i] = wants(work, work->before + i) != 0;
}

/* What decides whether the host is a target of the check's policy. */
static void add_releases(const struct text *names, size_t count, struct buf *body)
{
	for (size_t i = 0; i < array_len(releases); i++) {
		bool known = false;
		for (size_t j = 0; j < count && !known; j++)
			known = text_is(names[j], releases[i]);
		if (!known)
			buf_add(body, releases[i], strlen(releases[i]) + 1);
	}
}

static void take_depends(void *data, size_t number, const struct text *names, size_t count)
{
	struct work *work = data;
	struct buf body = {0};
	work->number = work->before + number;
	buf_print(&body, "%zu", work->number);
	buf_add(&body, "", 1);
	size_t len = body.len;
	for (size_t i = 0; i < count; i++) {
		buf_text(&body, names[i]);
		buf_add(&body, "", 1);
	}
	add_releases(names, count, &body);
	if (body.len > CHANNEL_BODY_MAX) {
		body.len = len;
		buf_add(&body, DRIFT_BEYOND, sizeof(DRIFT_BEYOND));
	}
	if (work->err.kind == ERR_NONE)
		(void)!tell_to(work, work->watch, TALK_DEPENDS, buf_view(&body));
	buf_end(&body);
}

static bool take_item(void *data, const struct item *item, const struct policy *policy unused,
		      const struct check *check unused, struct text explain unused)
{
	struct work *work = data;
	struct item told = *item;
	told.by = culprits_of(work->culprits, (uint32_t)work->number);
	struct json *json = item_to_json(&told);
	struct buf *out = wants(work, work->number) == 1 ? &work->aged : &work->items;
	buf_print(out, "%zu ", work->number);
	json_write(json, out);
	buf_char(out, '\n');
	json_free(&json);
	work->item_count++;
	return work->err.kind == ERR_NONE && (out->len < WORK_BATCH_BYTES || send_items(work));
}

/* The document cannot be used; its first error says why. */
static void note_unusable(struct work *work, struct text name, const struct findings *findings)
{
	char shown[LOG_VALUE_SIZE], what[LOG_VALUE_SIZE];
	struct buf detail = {0};
	buf_cstr(&detail, "it cannot be read");
	for (size_t i = 0; i < findings->count; i++)
		if (!findings->list[i].warning) {
			buf_clear(&detail);
			buf_print(&detail, "%u:%u: ", findings->list[i].line,
				  findings->list[i].column);
			buf_text(&detail, findings->list[i].what);
			break;
		}
	log_write(LOG_ERROR, "judge", "a policy does not run: %s, document=%s",
		  log_value(buf_view(&detail), what), log_value(name, shown));
	if (json_count(work->errors) < ERRORS_MAX) {
		struct json *one = json_new_object();
		json_put_text(one, "name", name);
		json_put_text(one, "detail", buf_view(&detail));
		json_add(work->errors, one);
	}
	buf_end(&detail);
}

static bool judge_document(struct work *work, const struct json *document)
{
	struct arena *arena = arena_new(POLICY_ARENA_MAX);
	struct findings findings = {.arena = arena};
	struct policies policies = {.unproven = true};
	struct engine_config config = {.target = text_of(work->start->name),
				       .agent = text_of(work->start->agent),
				       .action = json_text(work->job, "action"),
				       .level_max = LEVEL_MAXIMUM,
				       .facts = &work->facts};
	struct engine_counts counts = {0};
	bool done = true;
	size_t count = 0;
	if (policy_load(json_text(document, "text"), arena, &policies, &findings)) {
		choose(work, &policies, &count);
		config.chosen = work->chosen;
		config.depends = work->watched ? take_depends : NULL;
		done = engine_run(work->gather, &policies, &config, take_item, work, &counts);
		policies_end(&policies);
		mem_free(&work->chosen);
		work->before += count;
	} else
		note_unusable(work, json_text(document, "name"), &findings);
	arena_free(&arena);
	return done;
}

static bool judge_all(struct work *work)
{
	const struct json *documents = json_get(work->job, "policies");
	if (!begin_part(work))
		return false;
	for (size_t i = 0; i < json_count(documents); i++)
		if (!judge_document(work, json_at(documents, i)))
			return false;
	if (!send_items(work) || !end_part(work))
		return false;
	struct json *json = header(work);
	json_put_int(json, "items", (int64_t)work->item_count);
	json_put(json, "errors", take(&work->errors));
	bool done = tell_json(work, TALK_DONE, json);
	json_free(&json);
	return done;
}

/* Waits for what the monitor says to what it was asked. */
static bool hear_monitor(struct work *work, struct channel_message *message, struct err *err)
{
	for (;;) {
		switch (roles_receive(work->monitor, ROLE_MONITOR, ROLE_JUDGE, message, err)) {
		case CHANNEL_GOT:
			return true;
		case CHANNEL_NOTHING:
			if (channel_wait(work->monitor, false, WORK_HELPER_MS))
				break;
			return err_set(err, ERR_BUSY, "the monitor does not start it");
		case CHANNEL_CLOSED:
			return err_set(err, ERR_SYSTEM, "the monitor can't start it");
		case CHANNEL_BROKEN:
			return false;
		}
	}
}

/* Has the monitor start a helper: our end of the channel to it. */
static int start_helper(void *data, enum helper_role role, struct err *err)
{
	struct work *work = data;
	const struct talk_run run = {.number = role};
	struct channel_message message;
	if (!roles_send_run(work->monitor, TALK_ASSIST, &run, -1, err) ||
	    !hear_monitor(work, &message, err))
		return -1;
	if (message.type == TALK_HELPER && roles_run(&message).number == role)
		return message.fd;
	folder_close(&message.fd);
	err_set(err, ERR_INPUT, "the monitor started another helper");
	return -1;
}

/* Has the monitor run a command, if it stands in root's list. */
static int start_command(void *data, const struct text *argv, size_t argc, enum gather_answer *how,
			 struct err *err)
{
	struct work *work = data;
	struct channel_message message;
	scoped(buf_end) struct buf words = {0};
	for (size_t i = 0; i < argc; i++) {
		buf_text(&words, argv[i]);
		buf_char(&words, '\0');
	}
	*how = GATHER_FAILED;
	if (words.len > ASK_QUESTION_MAX) {
		err_set(err, ERR_LIMIT, "its words are longer than 64 KiB");
		return -1;
	}
	if (!channel_send(work->monitor, TALK_COMMAND, buf_view(&words), -1, err) ||
	    !hear_monitor(work, &message, err))
		return -1;
	if (message.type == TALK_RUNNER)
		return message.fd;
	if (message.type == TALK_NO_RUNNER && message.body.at[0] == '0' + GATHER_MISSING)
		*how = GATHER_MISSING;
	if (message.type == TALK_NO_RUNNER)
		err_set(err, ERR_REFUSED, "%.*s", (int)text_cut(message.body, 400) - 1,
			message.body.at + 1);
	else
		err_set(err, ERR_INPUT, "the monitor started something else");
	folder_close(&message.fd);
	return -1;
}

static bool prepare(struct work *work, struct err *err)
{
	const struct gather_config config = {.running = true, .now_us = time_now_us()};
	if (!roles_enter(ROLE_JUDGE, -1, err))
		return false;
	work->gate = channel_new(work->start->gate);
	work->link = channel_new(work->start->link);
	work->watch = channel_new(work->start->watch);
	work->monitor = channel_new(work->start->monitor);
	work->errors = json_new_list();
	work->culprits = culprits_new();
	work->arena = arena_new(FACTS_ARENA_MAX);
	work->gather = gather_new(&config, err);
	if (!work->gather)
		return false;
	work->assist = assist_new_later(start_helper, work);
	assist_set_command(work->assist, start_command);
	gather_set_asker(work->gather, assist_asker(work->assist));
	probe_prepare_all(work->gather);
	return judge_enter("/", &work->walls, err) && take_job(work, err);
}

int work_run(void *start)
{
	struct work work = {.start = start};
	bool done = prepare(&work, &work.err);
	if (done) {
		look_around(&work);
		done = tell_facts(&work) && judge_all(&work);
	}
	if (!done)
		log_write(LOG_ERROR, "judge", "%s", work.err.text);
	json_free(&work.job);
	json_free(&work.errors);
	buf_end(&work.items);
	buf_end(&work.aged);
	mem_free(&work.wanted);
	culprits_free(&work.culprits);
	gather_free(&work.gather);
	assist_free(&work.assist);
	arena_free(&work.arena);
	channel_free(&work.gate);
	channel_free(&work.link);
	channel_free(&work.watch);
	channel_free(&work.monitor);
	return done ? 0 : 1;
}
