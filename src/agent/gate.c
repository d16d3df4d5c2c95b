#include "agent/gate.h"

#include <string.h>

#include "agent/post.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"
#include "format/json.h"
#include "os/child.h"
#include "os/folder.h"

#define ACTION_SIZE 65

enum kind { FACTS, ASSIGNED, DRIFT, ACTION };
static const char *const kind_names[] = {"facts", "assigned", "drift", "action"};

struct run {
	struct run *next;
	uint64_t number;
	enum kind kind;
	char action[ACTION_SIZE]; /* "" unless ACTION */
	struct buf policies;      /* JSON [{"name","text"}] */
	struct buf part;          /* JSON: which of the checks; empty: all, and nobody watches */
};

struct remembered {
	char action[ACTION_SIZE];
	int64_t expires_us;
};

struct gate {
	struct loop *loop;
	struct post *monitor, *link, *judge;
	struct buf documents; /* as the link last told */
	struct run *current;
	struct run *first, **last;
	size_t waiting;
	uint64_t numbers;
	struct remembered *remembered;
	size_t remembered_count, remembered_room;
	bool failed;
};

static void give_up(struct gate *gate, const struct err *err)
{
	log_write(LOG_ERROR, "gate", "%s", err->text);
	gate->failed = true;
	loop_stop(gate->loop);
}

static void end_run(struct run **run)
{
	if (*run) {
		buf_end(&(*run)->policies);
		buf_end(&(*run)->part);
	}
	mem_free(run);
}

/* --- one run after another --- */

static void begin_next(struct gate *gate)
{
	struct err err = {0};
	if (gate->current || !gate->first)
		return;
	struct run *run = gate->first;
	gate->first = run->next;
	if (!gate->first)
		gate->last = &gate->first;
	gate->waiting--;
	gate->current = run;
	const struct talk_run wanted = {.number = run->number};
	if (!post_send_run(gate->monitor, TALK_JUDGE, &wanted, -1, &err))
		give_up(gate, &err);
}

/* Takes policies and part. */
static void add_run(struct gate *gate, enum kind kind, struct text action, struct buf policies,
		    struct buf part)
{
	struct run *run = mem_new(1, sizeof(*run));
	*run = (struct run){
		.number = ++gate->numbers, .kind = kind, .policies = policies, .part = part};
	must(action.len < sizeof(run->action));
	if (action.len > 0)
		memcpy(run->action, action.at, action.len);
	*gate->last = run;
	gate->last = &run->next;
	gate->waiting++;
	begin_next(gate);
}

static void tell_link(struct gate *gate, enum talk talk, const char *action, const char *reason)
{
	struct err err = {0};
	struct buf text = {0};
	struct json *json = json_new_object();
	json_put_cstr(json, "action", action);
	json_put_cstr(json, "reason", reason);
	json_write(json, &text);
	json_free(&json);
	if (!post_send(gate->link, talk, buf_view(&text), &err))
		give_up(gate, &err);
	buf_end(&text);
}

/* --- may this check run? --- */

static void forget_expired(struct gate *gate, int64_t now_us)
{
	size_t kept = 0;
	for (size_t i = 0; i < gate->remembered_count; i++)
		if (gate->remembered[i].expires_us >= now_us)
			gate->remembered[kept++] = gate->remembered[i];
	gate->remembered_count = kept;
}

static void forget(struct gate *gate, const char *action)
{
	size_t kept = 0;
	for (size_t i = 0; i < gate->remembered_count; i++)
		if (strcmp(gate->remembered[i].action, action) != 0)
			gate->remembered[kept++] = gate->remembered[i];
	gate->remembered_count = kept;
}

static bool is_known(const struct gate *gate, struct text action)
{
	for (size_t i = 0; i < gate->remembered_count; i++)
		if (text_is(action, gate->remembered[i].action))
			return true;
	return false;
}

static void remember(struct gate *gate, struct text action, int64_t expires_us)
{
	gate->remembered = mem_grow(gate->remembered, &gate->remembered_room,
				    gate->remembered_count + 1, sizeof(*gate->remembered));
	struct remembered *one = &gate->remembered[gate->remembered_count++];
	*one = (struct remembered){.expires_us = expires_us};
	memcpy(one->action, action.at, action.len);
}

static bool is_id(struct text id)
{
	if (id.len == 0 || id.len >= ACTION_SIZE)
		return false;
	for (size_t i = 0; i < id.len; i++)
		if (!((id.at[i] >= '0' && id.at[i] <= '9') || (id.at[i] >= 'a' && id.at[i] <= 'f')))
			return false;
	return true;
}

static bool policies_are_sound(const struct json *policies)
{
	bool sound = json_kind(policies) == JSON_LIST && json_count(policies) <= GATE_POLICIES_MAX;
	for (size_t i = 0; sound && i < json_count(policies); i++)
		sound = json_text(json_at(policies, i), "name").len > 0 &&
			json_text(json_at(policies, i), "text").at != NULL;
	return sound;
}

/* What speaks against the check; NULL: nothing. */
static const char *judge_check(struct gate *gate, const struct json *check, int64_t now_us,
			       int64_t *expires_us)
{
	if (!policies_are_sound(json_get(check, "policies")))
		return "its policies are no list of up to 100 names and texts";
	if (!time_read(json_text(check, "expires"), expires_us))
		return "it does not say when it expires";
	if (*expires_us <= now_us)
		return "it has expired, by this host's clock";
	if (*expires_us > now_us + GATE_EXPIRY_MAX_DAYS * TIME_DAY_US)
		return "it expires in more than 30 days, by this host's clock";
	forget_expired(gate, now_us);
	if (gate->remembered_count >= GATE_REMEMBERED_MAX || gate->waiting >= GATE_QUEUE_MAX)
		return "too many checks are waiting";
	return NULL;
}

static void take_check(struct gate *gate, struct text text)
{
	struct err err = {0};
	struct json *check = json_parse(text, &err);
	struct text action = json_text(check, "action");
	int64_t expires_us = 0;
	if (!is_id(action)) {
		log_write(LOG_WARN, "gate", "a check without a sound id is refused");
	} else if (!is_known(gate, action)) {
		char id[ACTION_SIZE] = "";
		memcpy(id, action.at, action.len);
		const char *against = judge_check(gate, check, time_now_us(), &expires_us);
		if (against) {
			log_write(LOG_WARN, "gate", "a check is refused: %s, action=%s", against,
				  id);
			tell_link(gate, TALK_REFUSED, id, against);
		} else {
			struct buf policies = {0};
			remember(gate, action, expires_us);
			if (json_count(json_get(check, "policies")) == 0)
				buf_text(&policies, buf_view(&gate->documents));
			else
				json_write(json_get(check, "policies"), &policies);
			add_run(gate, ACTION, action, policies, (struct buf){0});
		}
	}
	json_free(&check);
	buf_end(&gate->documents);
}

/* --- what the others say --- */

/* What the link wants judged of what is assigned, in our own words. */
static void take_run(struct gate *gate, struct text text)
{
	struct err err = {0};
	struct buf policies = {0}, part = {0};
	struct json *json = text.len > 0 ? json_parse(text, &err) : NULL;
	enum kind kind = json_get(json, "checks") || json_get(json, "again") ? DRIFT : ASSIGNED;
	buf_text(&policies, buf_view(&gate->documents));
	buf_end(&gate->documents);
	if (json_kind(json) == JSON_OBJECT)
		json_write(json, &part);
	json_free(&json);
	add_run(gate, policies.len > 2 ? kind : FACTS, TEXT(""), policies, part);
}

static void from_link(void *data, struct channel_message *message)
{
	struct gate *gate = data;
	switch (message->type) {
	case TALK_DOCUMENTS:
		buf_clear(&gate->documents);
		buf_text(&gate->documents, message->body);
		return;
	case TALK_CHECK:
		take_check(gate, message->body);
		return;
	case TALK_RUN:
		take_run(gate, message->body);
		return;
	default:
		must(!"roles_receive lets nothing else through");
	}
}

/* The judge takes its work; it says nothing to us. */
static void from_judge(void *data unused, struct channel_message *message)
{
	folder_close(&message->fd);
}

static void judge_closed(void *data, const struct err *err unused)
{
	struct gate *gate = data;
	post_free(&gate->judge);
}

static const struct post_calls judge_calls = {from_judge, judge_closed};

static void give_work(struct gate *gate, int fd)
{
	struct err err = {0};
	struct run *run = gate->current;
	struct buf text = {0};
	post_free(&gate->judge);
	gate->judge = post_new(&(struct post_config){.loop = gate->loop,
						     .fd = fd,
						     .us = ROLE_GATE,
						     .them = ROLE_JUDGE,
						     .calls = &judge_calls,
						     .data = gate},
			       &err);
	buf_print(&text, "{\"run\":\"%s\",\"action\":\"%s\",\"part\":%s,\"policies\":",
		  kind_names[run->kind], run->action, run->part.len > 0 ? run->part.at : "{}");
	if (run->policies.len > 0)
		buf_text(&text, buf_view(&run->policies));
	else
		buf_cstr(&text, "[]");
	buf_char(&text, '}');
	buf_end(&run->policies);
	/* a judge that is gone already is told of by the monitor */
	if (gate->judge && !post_send(gate->judge, TALK_WORK, buf_view(&text), &err))
		log_write(LOG_WARN, "gate", "%s", err.text);
	buf_end(&text);
}

static void end_current(struct gate *gate, const struct talk_run *run)
{
	struct run *current = take(&gate->current);
	post_free(&gate->judge);
	if (run->how != CHILD_EXITED || run->status != 0) {
		forget(gate, current->action);
		tell_link(gate, TALK_FAILED, current->action, run->reason);
	}
	end_run(&current);
	begin_next(gate);
}

static void from_monitor(void *data, struct channel_message *message)
{
	struct gate *gate = data;
	struct talk_run run = roles_run(message);
	if (!gate->current || run.number != gate->current->number)
		folder_close(&message->fd);
	else if (message->type == TALK_INPUT)
		give_work(gate, message->fd);
	else
		end_current(gate, &run);
}

static void other_closed(void *data, const struct err *err)
{
	struct gate *gate = data;
	if (err->kind != ERR_NONE)
		give_up(gate, err);
	else
		loop_stop(gate->loop);
}

static const struct post_calls link_calls = {from_link, other_closed};
static const struct post_calls monitor_calls = {from_monitor, other_closed};

static void end_gate(struct gate *gate)
{
	post_free(&gate->judge);
	post_free(&gate->link);
	post_free(&gate->monitor);
	end_run(&gate->current);
	while (gate->first) {
		struct run *run = gate->first;
		gate->first = run->next;
		end_run(&run);
	}
	buf_end(&gate->documents);
	mem_free(&gate->remembered);
	loop_free(&gate->loop);
}

static bool prepare(struct gate *gate, const struct gate_start *start, struct err *err)
{
	gate->last = &gate->first;
	gate->loop = loop_new(err);
	if (!gate->loop || !roles_enter(ROLE_GATE, -1, err))
		return false;
	gate->monitor = post_new(&(struct post_config){.loop = gate->loop,
						       .fd = start->monitor,
						       .us = ROLE_GATE,
						       .them = ROLE_MONITOR,
						       .calls = &monitor_calls,
						       .data = gate},
				 err);
	gate->link = post_new(&(struct post_config){.loop = gate->loop,
						    .fd = start->link,
						    .us = ROLE_GATE,
						    .them = ROLE_LINK,
						    .calls = &link_calls,
						    .data = gate},
			      err);
	return gate->monitor && gate->link;
}

int gate_run(void *start)
{
	struct err err = {0};
	struct gate gate = {0};
	if (!prepare(&gate, start, &err) || !loop_run(gate.loop, &err)) {
		log_write(LOG_ERROR, "gate", "%s", err.text);
		gate.failed = true;
	}
	bool failed = gate.failed;
	end_gate(&gate);
	return failed ? 1 : 0;
}
