#include "agent/enrol/enrol.h"

#include <stdio.h>
#include <string.h>

#include "agent/link/wire.h"
#include "agent/roles.h"
#include "base/mem.h"
#include "net/self.h"
#include "os/child.h"
#include "os/folder.h"
#include "os/machine.h"

#define ARENA_MAX (64u * 1024)

/* What the caller is started with, and what it is at. */
struct call {
	int answer; /* end of a channel */
	const struct dial_address *server;
	struct tls_setup setup;
	bool leaves;
	const char *name;  /* of one that leaves */
	const char *token; /* of one that joins: the secret */
	struct text request;
	/* in the caller */
	struct loop *loop;
	struct wire *wire;
	struct json *said; /* the answer */
	struct err err;
};

/* --- in the caller --- */

static void stop(struct call *call)
{
	wire_free(&call->wire);
	loop_stop(call->loop);
}

/* What can be said of the host from here; the agent that runs knows more. */
static struct json *few_facts(const char *name)
{
	struct machine machine;
	struct json *facts = json_new_object(), *os = json_new_list();
	machine_read(&machine);
	json_add_text(os, TEXT("linux"));
	json_put_cstr(facts, "name", name);
	json_put(facts, "os", os);
	json_put_cstr(facts, "kernel", machine.kernel);
	json_put_cstr(facts, "arch", machine.arch);
	json_put_cstr(facts, "agent_version", MUSTER_VERSION);
	return facts;
}

static struct json *enrolment(const struct call *call)
{
	struct arena *arena = arena_new(ARENA_MAX);
	struct machine machine;
	machine_read(&machine);
	const char *name = self_name(machine.name, arena);
	struct json *json = json_new_object();
	json_put_cstr(json, "token", call->token);
	json_put_cstr(json, "name", name);
	json_put_text(json, "csr", call->request);
	json_put(json, "facts", few_facts(name));
	arena_free(&arena);
	return json;
}

static struct json *hello(const struct call *call)
{
	struct json *json = json_new_object();
	json_put(json, "facts", few_facts(call->name));
	json_put_cstr(json, "trust", "server");
	json_put(json, "documents", json_new_list());
	return json;
}

/* Takes json. */
static void say(struct call *call, enum message_type type, struct json *json)
{
	struct buf text = {0};
	json_write(json, &text);
	if (!wire_send(call->wire, type, buf_view(&text), &call->err))
		stop(call);
	json_free(&json);
	buf_end(&text);
}

static void up(void *data)
{
	struct call *call = data;
	if (call->leaves) {
		say(call, MESSAGE_HELLO, hello(call));
		return;
	}
	struct json *json = enrolment(call);
	call->said = json_new_object();
	json_put_text(call->said, "name", json_text(json, "name")); /* that it asked for */
	say(call, MESSAGE_ENROLL, json);
}

static void take_refused(struct call *call, const struct json *json)
{
	struct buf reason = {0};
	buf_printable(&reason, json_text(json, "reason"), 300);
	buf_cstr(&reason, "");
	err_set(&call->err, ERR_REFUSED, "the server refuses: %s", reason.at);
	buf_end(&reason);
}

static void hear_of_enrolment(struct call *call, const struct message *message,
			      const struct json *json)
{
	if (message->type == MESSAGE_REFUSED)
		take_refused(call, json);
	else if (message->type == MESSAGE_ENROLLED) {
		json_put_text(call->said, "agent", json_text(json, "agent"));
		json_put_text(call->said, "certificate", json_text(json, "certificate"));
		json_put_text(call->said, "ca", json_text(json, "ca"));
	} else
		err_set(&call->err, ERR_INPUT, "the server says \"%s\"",
			message_name(message->type));
	stop(call);
}

/* It lets us in, hears that we leave, and then refuses us, or just closes. */
static void hear_of_leaving(struct call *call, const struct message *message,
			    const struct json *json)
{
	if (message->type == MESSAGE_WELCOME && !call->said) {
		call->said = json_new_object();
		say(call, MESSAGE_LEAVE, json_new_object());
	} else if (message->type == MESSAGE_REFUSED) {
		if (!call->said || !json_truth(json, "final", false))
			take_refused(call, json);
		stop(call);
	}
}

static void got(void *data, const struct message *message)
{
	struct call *call = data;
	struct json *json = json_parse(message->body, &call->err);
	if (!json)
		stop(call);
	else if (call->leaves)
		hear_of_leaving(call, message, json);
	else
		hear_of_enrolment(call, message, json);
	json_free(&json);
}

static void sent(void *data unused)
{
}

static void down(void *data, const struct err *err)
{
	struct call *call = data;
	if (!call->leaves || !call->said || err->kind != ERR_BUSY)
		call->err = *err;
	stop(call);
}

static const struct wire_calls wire_calls = {up, got, sent, down};

static bool converse(struct call *call)
{
	struct tls_context *tls = NULL;
	call->loop = loop_new(&call->err);
	bool done = call->loop && roles_enter(ROLE_CALLER, -1, &call->err);
	if (done)
		tls = tls_context_new(&call->setup, &call->err);
	if (tls)
		call->wire = wire_new(&(struct wire_config){.loop = call->loop,
							    .tls = tls,
							    .address = call->server,
							    .enrolled = call->leaves,
							    .calls = &wire_calls,
							    .data = call},
				      &call->err);
	done = call->wire && loop_run(call->loop, &call->err) && call->err.kind == ERR_NONE;
	wire_free(&call->wire);
	tls_context_free(&tls);
	loop_free(&call->loop);
	return done;
}

static int caller_run(void *data)
{
	struct call *call = data;
	struct buf text = {0};
	struct channel *channel = channel_new(call->answer);
	bool done = converse(call);
	struct json *json = done && call->said ? take(&call->said) : json_new_object();
	if (!done) {
		json_put_int(json, "kind", call->err.kind);
		json_put_cstr(json, "error", call->err.text);
	}
	json_write(json, &text);
	struct err err = {0};
	done = channel_send(channel, TALK_ANSWER, buf_view(&text), -1, &err);
	buf_end(&text);
	json_free(&json);
	json_free(&call->said);
	channel_free(&channel);
	return done ? 0 : 1;
}

/* --- in the program itself --- */

static struct json *wait_answer(struct channel *channel, struct err *err)
{
	struct channel_message message;
	if (!channel_wait(channel, false, ENROL_WAIT_MS)) {
		err_set(err, ERR_SYSTEM, "the server does not answer within %d s",
			ENROL_WAIT_MS / 1000);
		return NULL;
	}
	switch (roles_receive(channel, ROLE_CALLER, ROLE_MONITOR, &message, err)) {
	case CHANNEL_GOT:
		return json_parse(message.body, err);
	case CHANNEL_NOTHING:
	case CHANNEL_CLOSED:
		err_set(err, ERR_SYSTEM, "the process that talks to the server has died");
		return NULL;
	case CHANNEL_BROKEN:
		break;
	}
	return NULL;
}

/* Leads the conversation in a child; its answer is the caller's. */
static struct json *lead(struct call *call, struct err *err)
{
	int fds[2];
	struct child child;
	if (!channel_pair(fds, err))
		return NULL;
	call->answer = fds[1];
	bool started = child_start(&child, caller_run, call, &fds[1], 1, err);
	struct channel *channel = channel_new(fds[0]);
	folder_close(&fds[1]);
	struct json *answer = started ? wait_answer(channel, err) : NULL;
	if (started)
		(void)child_finish(&child, answer ? 1000 : 0);
	channel_free(&channel);
	struct text error = json_text(answer, "error");
	if (!error.at)
		return answer;
	int64_t kind = json_int(answer, "kind", ERR_SYSTEM);
	err_set(err, kind == ERR_INPUT || kind == ERR_REFUSED ? ERR_REFUSED : ERR_SYSTEM, "%s",
		error.at);
	json_free(&answer);
	return NULL;
}

static bool keep_text(struct text text, char *out, size_t size, const char *what, struct err *err)
{
	if (text.len == 0 || text.len >= size)
		return err_set(err, ERR_REFUSED, "the server's answer has no %s", what);
	memcpy(out, text.at, text.len);
	out[text.len] = '\0';
	return true;
}

/* The answer is worth keeping: its CA is the pinned one, and certificate and key make a context
 * that can be used. */
static bool take_answer(const struct json *answer, const char *pin, struct identity *identity,
			struct err *err)
{
	char fingerprint[65];
	buf_text(&identity->pair, json_text(answer, "certificate"));
	buf_text(&identity->ca, json_text(answer, "ca"));
	if (!keep_text(json_text(answer, "agent"), identity->id, sizeof(identity->id), "agent's id",
		       err) ||
	    !keep_text(json_text(answer, "name"), identity->name, sizeof(identity->name), "name",
		       err) ||
	    !tls_fingerprint(buf_view(&identity->ca), fingerprint, err))
		return false;
	if (strcmp(fingerprint, pin) != 0)
		return err_set(err, ERR_REFUSED,
			       "the server answers with another CA than the token's");
	const struct tls_setup setup = {.key_pem = buf_view(&identity->pair),
					.cert_pem = buf_view(&identity->pair),
					.ca_pem = buf_view(&identity->ca)};
	struct tls_context *tls = tls_context_new(&setup, err);
	bool done = tls != NULL;
	tls_context_free(&tls);
	return done || err_add(err, "the server's answer");
}

bool enrol_join(const struct token *token, const struct dial_address *server,
		struct identity *identity, struct err *err)
{
	*identity = (struct identity){0};
	struct buf request = {0};
	struct json *answer = NULL;
	bool done = server || dial_read(text_of(token->address), &identity->server, err);
	if (server)
		identity->server = *server;
	done = done && tls_make_key(&identity->pair, err) &&
	       tls_make_request(buf_view(&identity->pair), "muster-agent", &request, err);
	if (done) {
		struct call call = {.server = &identity->server,
				    .setup = {.pin = token->fingerprint, .alpn = TLS_ALPN_FLEET},
				    .token = token->secret,
				    .request = buf_view(&request)};
		answer = lead(&call, err);
	}
	done = answer && take_answer(answer, token->fingerprint, identity, err);
	json_free(&answer);
	buf_end(&request);
	if (!done)
		identity_end(identity);
	return done;
}

bool enrol_leave(const struct identity *identity, struct err *err)
{
	struct call call = {.server = &identity->server,
			    .leaves = true,
			    .name = identity->name,
			    .setup = {.key_pem = buf_view(&identity->pair),
				      .cert_pem = buf_view(&identity->pair),
				      .ca_pem = buf_view(&identity->ca),
				      .alpn = TLS_ALPN_FLEET}};
	struct json *answer = lead(&call, err);
	bool done = answer != NULL;
	json_free(&answer);
	return done;
}
