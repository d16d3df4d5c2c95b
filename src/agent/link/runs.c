#include "agent/link/runs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/link/news.h"
#include "agent/link/proof/sight.h"
#include "agent/link/schedule.h"
#include "agent/post.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"
#include "os/folder.h"

#define ACTION_MAX 64

struct asked { /* a CHECK whose answer is due */
	struct asked *next;
	struct text action; /* in memory of its own */
	struct buf check;
	unsigned tries;
};

struct output { /* one judge's answers */
	struct output *next;
	struct runs *runs;
	struct post *post;
	struct err lost; /* why items of it could not be kept: the run is to be repeated */
};

struct runs {
	struct runs_config config;
	struct post *gate, *watch;
	struct news *news;
	struct spool *spool;
	struct documents documents;
	struct schedule schedule;
	struct output *outputs;
	struct asked *asked;
	size_t asked_count;
	struct json *facts, *sight;                 /* as a judge, and the watch, told them last */
	bool begun;                                 /* the first run told facts, or failed */
	bool running;                               /* the assigned ones, asked of the gate */
	bool drifting;                              /* those that run are judged for a change */
	char running_digest[DOCUMENTS_DIGEST_SIZE]; /* of the documents that do */
	unsigned failures;                          /* in a row, of the assigned ones */
	struct loop_timer *timer;
	char error[ERR_TEXT_SIZE];
};

static void changed(struct runs *runs)
{
	runs->config.calls->changed(runs->config.data);
}

static void note_error(struct runs *runs, const char *what, const char *why)
{
	snprintf(runs->error, sizeof(runs->error), "%s: %s", what, why);
	log_write(LOG_ERROR, "link", "%s", runs->error);
	changed(runs);
}

/* --- asking the gate --- */

static bool tell_documents(struct runs *runs, struct err *err)
{
	struct buf texts = {0};
	bool done = documents_texts(runs->config.folder, &texts, err) &&
		    post_send(runs->gate, TALK_DOCUMENTS, buf_view(&texts), err);
	buf_end(&texts);
	return done;
}

static void look_at_clock(void *data);

static void look_in(struct runs *runs, int64_t ms)
{
	loop_cancel(&runs->timer);
	runs->timer = loop_after(runs->config.loop, ms < RUNS_LOOK_MS ? ms : RUNS_LOOK_MS,
				 look_at_clock, runs);
}

static int64_t retry_ms(const struct runs *runs)
{
	int64_t ms = RUNS_RETRY_MS;
	for (unsigned i = 1; i < runs->failures && ms < RUNS_RETRY_MAX_MS; i++)
		ms *= 2;
	return ms < RUNS_RETRY_MAX_MS ? ms : RUNS_RETRY_MAX_MS;
}

static void run_failed(struct runs *runs, const char *why)
{
	runs->running = false;
	news_failed(runs->news);
	runs->begun = true;
	runs->failures++;
	look_in(runs, retry_ms(runs));
	note_error(runs, "a run of the assigned policies failed and will be repeated", why);
}

/* Takes part: which of the checks that are assigned. */
static void run_part(struct runs *runs, struct buf *part)
{
	struct err err = {0};
	runs->running = true;
	if (!tell_documents(runs, &err) || !post_send(runs->gate, TALK_RUN, buf_view(part), &err))
		run_failed(runs, err.text);
	buf_end(part);
}

/* Asks for a run of what is assigned; without documents it only tells facts. */
static void run_assigned(struct runs *runs)
{
	struct buf part = {0};
	if (runs->running)
		return;
	runs->drifting = false;
	memcpy(runs->running_digest, runs->documents.digest, sizeof(runs->running_digest));
	news_begin_all(runs->news, runs->documents.digest, false, &part);
	run_part(runs, &part);
}

/* The same of what a change concerns; all: of everything, where it may have changed. */
static void run_drift(struct runs *runs, bool all)
{
	struct buf part = {0};
	if (runs->running || spool_is_full(runs->spool) || documents_count(&runs->documents) == 0)
		return;
	runs->drifting = true;
	if (all)
		news_begin_all(runs->news, runs->documents.digest, true, &part);
	else
		news_begin(runs->news, &part);
	run_part(runs, &part);
}

/* Runs what is due, or waits until something is. */
static void look_at_clock(void *data)
{
	struct runs *runs = data;
	int64_t wait_us = schedule_wait(&runs->schedule, runs->documents.digest, time_now_us(),
					time_span_us());
	runs->timer = NULL;
	if (runs->running)
		return;
	int64_t look_us = news_look(runs->news, time_span_us(), wait_us);
	if (documents_count(&runs->documents) > 0 && wait_us > 0 && news_is_due(runs->news) &&
	    !spool_is_full(runs->spool))
		run_drift(runs, false);
	else if (documents_count(&runs->documents) == 0 || wait_us > 0)
		look_in(runs,
			documents_count(&runs->documents) == 0 ? RUNS_LOOK_MS : look_us / 1000 + 1);
	else if (spool_is_full(runs->spool)) {
		if (runs->error[0] == '\0')
			note_error(runs, "nothing is judged until the server takes items again",
				   "the spool is full");
		look_in(runs, RUNS_RETRY_MAX_MS);
	} else
		run_assigned(runs);
}

static void look_at_clock_now(struct runs *runs)
{
	loop_cancel(&runs->timer);
	look_at_clock(runs);
}

void runs_begin(struct runs *runs)
{
	int64_t wait_us = schedule_wait(&runs->schedule, runs->documents.digest, time_now_us(),
					time_span_us());
	struct err err = {0};
	if (documents_count(&runs->documents) > 0 && wait_us == 0 && !spool_is_full(runs->spool)) {
		run_assigned(runs);
		return;
	}
	if (documents_count(&runs->documents) > 0 && !spool_is_full(runs->spool)) {
		run_drift(runs, true); /* what changed while nobody watched */
		return;
	}
	/* facts alone */
	runs->running = true;
	memcpy(runs->running_digest, "", 1);
	if (!post_send(runs->gate, TALK_DOCUMENTS, TEXT("[]"), &err) ||
	    !post_send(runs->gate, TALK_RUN, TEXT(""), &err))
		run_failed(runs, err.text);
}

bool runs_assign(struct runs *runs, const struct json *documents, struct err *err)
{
	bool is_new = false;
	if (!documents_assign(runs->config.folder, &runs->documents, documents, &is_new, err) ||
	    (is_new && !schedule_forget(runs->config.folder, &runs->schedule, err)))
		return false;
	if (is_new)
		log_write(LOG_INFO, "link", "assigned documents changed, count=%zu",
			  documents_count(&runs->documents));
	runs->failures = is_new ? 0 : runs->failures;
	if (is_new && !runs->running)
		look_in(runs, 0);
	changed(runs);
	return true;
}

/* --- checks that the server asks for --- */

static struct asked **find_asked(struct runs *runs, struct text action)
{
	struct asked **at = &runs->asked;
	while (*at && !text_is_equal((*at)->action, action))
		at = &(*at)->next;
	return at;
}

static void drop_asked(struct runs *runs, struct text action)
{
	struct asked **at = find_asked(runs, action), *one = *at;
	if (!one)
		return;
	*at = one->next;
	runs->asked_count--;
	mem_free(&one->action.at);
	buf_end(&one->check);
	mem_free(&one);
}

/* Tells the server that there will be no answer, and why: it need not wait. */
static void decline(struct runs *runs, struct text action, const char *what, const char *why)
{
	scoped(buf_end) struct buf text = {0};
	buf_print(&text, "%s: %s", what, why);
	runs->config.calls->declined(runs->config.data, action, text.at);
}

static void ask(struct runs *runs, struct asked *asked)
{
	struct err err = {0};
	asked->tries++;
	if (!tell_documents(runs, &err) ||
	    !post_send(runs->gate, TALK_CHECK, buf_view(&asked->check), &err))
		note_error(runs, "a check cannot be run", err.text);
}

void runs_check(struct runs *runs, struct text check)
{
	struct err err = {0};
	struct json *json = json_parse(check, &err);
	struct text action = json_text(json, "action");
	if (action.len == 0 || action.len > ACTION_MAX)
		log_write(LOG_WARN, "link", "the server asks for a check without a sound id");
	else if (*find_asked(runs, action))
		log_write(LOG_DEBUG, "link", "the server asks again for a check that runs");
	else if (runs->asked_count >= RUNS_CHECKS_MAX || spool_is_full(runs->spool)) {
		log_write(LOG_WARN, "link", "a check is not taken: too much waits already");
		decline(runs, action, "refused", "too much waits already on this host");
	} else {
		struct asked *asked = mem_new(1, sizeof(*asked));
		asked->action = (struct text){mem_copy(action.at, action.len), action.len};
		buf_text(&asked->check, check);
		asked->next = runs->asked;
		runs->asked = asked;
		runs->asked_count++;
		ask(runs, asked);
	}
	json_free(&json);
}

static void action_failed(struct runs *runs, struct text action, const char *why)
{
	struct asked *asked = *find_asked(runs, action);
	if (asked && asked->tries < RUNS_TRIES) {
		log_write(LOG_WARN, "link", "a check is tried again: %s", why);
		ask(runs, asked);
	} else if (asked) {
		note_error(runs, "a check is given up", why);
		decline(runs, action, "given up", why);
		drop_asked(runs, action);
	}
}

static void from_gate(void *data, struct channel_message *message)
{
	struct runs *runs = data;
	struct err err = {0};
	struct json *json = json_parse(message->body, &err);
	struct text action = json_text(json, "action");
	struct buf why = {0};
	buf_printable(&why, json_text(json, "reason"), 200);
	buf_cstr(&why, "");
	if (message->type == TALK_REFUSED) {
		if (*find_asked(runs, action))
			decline(runs, action, "refused", why.at);
		drop_asked(runs, action);
	} else if (action.len > 0)
		action_failed(runs, action, why.at);
	else if (runs->running) /* else its items could not be kept, which was told before */
		run_failed(runs, why.at);
	buf_end(&why);
	json_free(&json);
}

static void gate_closed(void *data, const struct err *err)
{
	struct runs *runs = data;
	runs->config.calls->broken(runs->config.data, err);
}

/* --- a judge's answers --- */

static void take_facts(struct runs *runs, const struct json *told)
{
	if (json_kind(json_get(told, "facts")) != JSON_OBJECT)
		return;
	json_free(&runs->facts);
	runs->facts = json_copy(json_get(told, "facts"));
	runs->begun = true;
	changed(runs);
}

/* Whether it is to be sent: of a run for a change, when it says something else than before. False
 * with *sent untouched: the disk. */
static bool ask_news(struct runs *runs, const struct news_item *item, bool *sent, struct err *err)
{
	bool is_news = true;
	if (json_text(item->json, "action").len == 0 && /* else it answers a question */
	    !news_take_item(runs->news, item, &is_news, err))
		return false;
	*sent = is_news || !runs->drifting;
	return true;
}

/* Keeps one item; what is none is refused, for it would spoil the message that it goes in. */
static bool take_item(struct runs *runs, const struct news_item *item, struct err *err)
{
	struct buf text = {0};
	bool sent = false;
	if (json_kind(item->json) != JSON_OBJECT)
		return err_set(err, ERR_INPUT, "a judge says what is no item");
	if (!ask_news(runs, item, &sent, err) || !sent)
		return err->kind == ERR_NONE;
	json_write(item->json, &text);
	bool done = spool_put(runs->spool, SPOOL_ITEM, buf_view(&text), err);
	buf_end(&text);
	return done;
}

/* An item a line, its check's number in front. */
static bool take_items(struct runs *runs, struct text lines, bool aged, struct err *err)
{
	struct text line, number;
	bool done = true;
	while (done && text_next(&lines, '\n', &line)) {
		struct err odd = {0};
		struct news_item item = {.aged = aged};
		if (!text_next(&line, ' ', &number) ||
		    !text_to_u64(number, 0, UINT32_MAX, &item.number))
			return err_set(err, ERR_INPUT, "a judge says an item of no check");
		struct json *json = json_parse(line, &odd);
		item.json = json;
		done = take_item(runs, &item, err);
		json_free(&json);
	}
	return done;
}

static bool finish_assigned(struct runs *runs, struct err *err)
{
	runs->running = false;
	if (!news_done(runs->news, err))
		return false;
	if (!runs->drifting && runs->running_digest[0] != '\0' &&
	    !schedule_ran(runs->config.folder, &runs->schedule, runs->running_digest, time_now_us(),
			  time_span_us(), err))
		return false;
	runs->failures = 0;
	runs->error[0] = '\0';
	look_in(runs, 0);
	runs->config.calls->facts(runs->config.data);
	return true;
}

/* The run is whole: its end goes behind its items, and all of it onto the disk. */
static bool take_done(struct runs *runs, const struct json *told, struct err *err)
{
	struct text action = json_text(told, "action"), run = json_text(told, "run");
	if (text_is(run, "drift")) {
		if (!spool_sync(runs->spool, err))
			return false;
		log_write(LOG_DEBUG, "link", "judged what a change concerns, items=%" PRId64,
			  json_int(told, "items", 0));
	} else if (!text_is(run, "facts")) {
		struct buf end = {0};
		struct json *json = json_new_object();
		json_put_text(json, "action", action.at ? action : TEXT(""));
		json_write(json, &end);
		json_free(&json);
		bool done = spool_put(runs->spool, SPOOL_DONE, buf_view(&end), err) &&
			    spool_sync(runs->spool, err);
		buf_end(&end);
		if (!done)
			return false;
		log_write(LOG_INFO, "link", "a run is complete, run=%s items=%" PRId64,
			  text_is(run, "action") ? "action" : "assigned",
			  json_int(told, "items", 0));
	}
	if (text_is(run, "action"))
		drop_asked(runs, action);
	return text_is(run, "action") || finish_assigned(runs, err);
}

/* The run's items, or its end, could not be kept: it is repeated. */
static void repeat(struct runs *runs, const struct json *told, const char *why)
{
	if (text_is(json_text(told, "run"), "action"))
		action_failed(runs, json_text(told, "action"), why);
	else
		run_failed(runs, why);
}

static void from_judge(void *data, struct channel_message *message)
{
	struct output *output = data;
	struct runs *runs = output->runs;
	struct err err = {0};
	if (message->type == TALK_ITEMS || message->type == TALK_AGED) {
		/* what comes behind items that were lost is read, but not kept: the run is repeated
		 */
		if (output->lost.kind == ERR_NONE &&
		    !take_items(runs, message->body, message->type == TALK_AGED, &output->lost))
			log_write(LOG_ERROR, "link", "items cannot be kept: %s", output->lost.text);
	} else {
		struct json *told = json_parse(message->body, &err);
		if (message->type == TALK_FACTS)
			take_facts(runs, told);
		else if (output->lost.kind != ERR_NONE)
			repeat(runs, told, output->lost.text);
		else if (!take_done(runs, told, &err))
			repeat(runs, told, err.text);
		json_free(&told);
	}
	changed(runs);
}

static void drop_output(struct output *output)
{
	struct output **at = &output->runs->outputs;
	while (*at != output)
		at = &(*at)->next;
	*at = output->next;
	post_free(&output->post);
	mem_free(&output);
}

static void judge_closed(void *data, const struct err *err)
{
	struct output *output = data;
	if (err->kind != ERR_NONE)
		note_error(output->runs, "a judge is not listened to", err->text);
	drop_output(output);
}

static const struct post_calls judge_calls = {from_judge, judge_closed};

void runs_output(struct runs *runs, int fd)
{
	struct err err = {0};
	struct output *output = mem_new(1, sizeof(*output));
	*output = (struct output){.next = runs->outputs, .runs = runs};
	runs->outputs = output;
	output->post = post_new(&(struct post_config){.loop = runs->config.loop,
						      .fd = fd,
						      .us = ROLE_LINK,
						      .them = ROLE_JUDGE,
						      .calls = &judge_calls,
						      .data = output},
				&err);
	if (!output->post) {
		note_error(runs, "a judge is not listened to", err.text);
		drop_output(output);
	}
}

/* --- begin, end, questions --- */

static void from_watch(void *data, struct channel_message *message)
{
	struct runs *runs = data;
	struct err err = {0};
	struct json *json = json_parse(message->body, &err);
	if (message->type == TALK_CHANGED) {
		news_take(runs->news, json);
		if (!runs->running)
			look_at_clock_now(runs);
	} else {
		sight_take(&runs->sight, json);
		runs->config.calls->facts(runs->config.data);
	}
	json_free(&json);
}

static const struct post_calls gate_calls = {from_gate, gate_closed};
static const struct post_calls watch_calls = {from_watch, gate_closed};

static bool prepare(struct runs *runs, struct err *err)
{
	uint64_t lost = 0;
	int folder = runs->config.folder;
	runs->gate = post_new(&(struct post_config){.loop = runs->config.loop,
						    .fd = runs->config.gate,
						    .us = ROLE_LINK,
						    .them = ROLE_GATE,
						    .calls = &gate_calls,
						    .data = runs},
			      err);
	runs->watch = post_new(&(struct post_config){.loop = runs->config.loop,
						     .fd = runs->config.watch,
						     .us = ROLE_LINK,
						     .them = ROLE_WATCH,
						     .calls = &watch_calls,
						     .data = runs},
			       err);
	runs->news = news_new(folder, time_now_us(), err);
	if (!runs->gate || !runs->watch || !runs->news ||
	    !documents_load(folder, &runs->documents, err) ||
	    !schedule_load(folder, runs->config.agent, time_now_us(), time_span_us(),
			   &runs->schedule, err))
		return false;
	runs->spool = spool_open(folder, &lost, err);
	if (lost > 0) {
		log_write(
			LOG_WARN, "link",
			"the spool's end was broken; its items will be judged anew, bytes=%" PRIu64,
			lost);
		runs->schedule.last_us = 0;
	}
	return runs->spool != NULL;
}

struct runs *runs_new(const struct runs_config *config, struct err *err)
{
	struct runs *runs = mem_new(1, sizeof(*runs));
	*runs = (struct runs){.config = *config};
	if (!prepare(runs, err))
		runs_free(&runs);
	return runs;
}

void runs_free(struct runs **runs)
{
	if (!*runs)
		return;
	loop_cancel(&(*runs)->timer);
	while ((*runs)->outputs)
		drop_output((*runs)->outputs);
	while ((*runs)->asked)
		drop_asked(*runs, (*runs)->asked->action);
	post_free(&(*runs)->gate);
	post_free(&(*runs)->watch);
	news_free(&(*runs)->news);
	spool_free(&(*runs)->spool);
	documents_end(&(*runs)->documents);
	json_free(&(*runs)->facts);
	json_free(&(*runs)->sight);
	mem_free(runs);
}

const struct json *runs_facts(const struct runs *runs)
{
	return runs->facts;
}

struct json *runs_watch_facts(const struct runs *runs)
{
	return sight_facts(runs->sight, news_defects(runs->news));
}

bool runs_has_begun(const struct runs *runs)
{
	return runs->begun;
}

const struct documents *runs_documents(const struct runs *runs)
{
	return &runs->documents;
}

struct spool *runs_spool(struct runs *runs)
{
	return runs->spool;
}

void runs_status(const struct runs *runs, struct link_status *status)
{
	status->last_run_us = runs->schedule.last_us;
	status->documents = documents_count(&runs->documents);
	status->waiting = spool_waiting(runs->spool);
	status->full = spool_is_full(runs->spool);
	snprintf(status->error, sizeof(status->error), "%s", runs->error);
}
