#include "agent.h"

#include <poll.h>
#include <string.h>

#include "base/mem.h"
#include "net/dial.h"

static const char facts_form[] =
	"{\"name\":\"%s\",\"os\":[\"linux\",\"debian\"],\"os_name\":\"Debian\","
	"\"os_version\":\"12\",\"kernel\":\"6.1\",\"arch\":\"x86_64\","
	"\"agent_version\":\"0.1.0\",\"addresses\":[\"192.0.2.7\"],"
	"\"walls\":{\"landlock_abi\":2,\"seccomp\":true}}";

/* What it says of itself. */
static void put_facts(struct buf *out, const char *name)
{
	struct text form = text_of(facts_form), before;
	must(text_next(&form, '%', &before));
	buf_text(out, before);
	buf_cstr(out, name);
	buf_text(out, (struct text){form.at + 1, form.len - 1}); /* behind the s */
}

static bool wait_for(const struct agent *agent, enum tls_want want, struct err *err)
{
	struct pollfd fd = {agent->fd, want == TLS_WANTS_WRITE ? POLLOUT : POLLIN, 0};
	if (poll(&fd, 1, AGENT_WAIT_MS) == 1)
		return true;
	return err_set(err, ERR_BUSY, "the server says nothing");
}

bool agent_dial(struct agent *agent, const char *address, struct err *err)
{
	struct dial_address where;
	if (!dial_read(text_of(address), &where, err))
		return false;
	agent->fd = dial_start(&where, 0, err);
	return agent->fd >= 0 && wait_for(agent, TLS_WANTS_WRITE, err) &&
	       dial_finish(agent->fd, err);
}

static bool shake(struct agent *agent, struct err *err)
{
	for (;;) {
		enum tls_want want = tls_handshake(agent->tls, err);
		if (want == TLS_DONE)
			return true;
		if (want == TLS_CLOSED)
			return err_set(err, ERR_REFUSED, "the server hung up");
		if (want == TLS_FAILED || !wait_for(agent, want, err))
			return false;
	}
}

bool agent_connect(struct agent *agent, const char *address, struct text ca_pem, struct err *err)
{
	struct tls_setup setup = {.ca_pem = ca_pem, .alpn = TLS_ALPN_FLEET};
	if (agent->cert.len > 0) {
		setup.key_pem = buf_view(&agent->key);
		setup.cert_pem = buf_view(&agent->cert);
	}
	agent->context = tls_context_new(&setup, err);
	if (!agent->context || !agent_dial(agent, address, err))
		return false;
	agent->tls = tls_new(agent->context, agent->fd, NULL, err);
	return agent->tls && shake(agent, err);
}

bool agent_send(struct agent *agent, struct text bytes, struct err *err)
{
	for (size_t len = 0; bytes.len > 0;
	     bytes = (struct text){bytes.at + len, bytes.len - len}) {
		enum tls_want want;
		len = 0;
		while ((want = tls_write(agent->tls, bytes, &len, err)) != TLS_DONE) {
			if (want == TLS_CLOSED || want == TLS_FAILED)
				return err->kind == ERR_NONE
					       ? err_set(err, ERR_REFUSED, "the server hung up")
					       : false;
			if (!wait_for(agent, want, err))
				return false;
		}
	}
	return true;
}

bool agent_say(struct agent *agent, enum message_type type, struct text body, struct err *err)
{
	struct buf bytes = {0};
	message_put_text(&bytes, type, body);
	bool done = agent_send(agent, buf_view(&bytes), err);
	buf_end(&bytes);
	return done;
}

static bool receive(struct agent *agent, struct err *err)
{
	char bytes[4096];
	for (;;) {
		size_t len = 0;
		enum tls_want want = tls_read(agent->tls, bytes, sizeof(bytes), &len, err);
		if (want == TLS_DONE) {
			buf_add(&agent->in, bytes, len);
			return true;
		}
		if (want == TLS_CLOSED)
			return err_set(err, ERR_REFUSED, "the server hung up");
		if (want == TLS_FAILED) {
			err->kind = ERR_REFUSED;
			return false;
		}
		if (!wait_for(agent, want, err))
			return false;
	}
}

bool agent_hear(struct agent *agent, enum message_type *type, struct err *err)
{
	buf_drop(&agent->in, agent->heard_len);
	agent->heard_len = 0;
	for (;;) {
		bool whole = false;
		size_t used = 0;
		struct message message;
		if (!message_get(buf_view(&agent->in), MESSAGE_FROM_SERVER, true, &message, &used,
				 &whole, err))
			return false;
		if (whole) {
			*type = message.type;
			agent->heard = message.body;
			agent->heard_len = used;
			return true;
		}
		if (!receive(agent, err))
			return false;
	}
}

bool agent_await(struct agent *agent, enum message_type type, struct err *err)
{
	enum message_type heard;
	do
		if (!agent_hear(agent, &heard, err))
			return false;
	while (heard != type && heard != MESSAGE_REFUSED);
	return heard == type || err_set(err, ERR_REFUSED, "refused: %.*s", TEXT_ARG(agent->heard));
}

static bool ask_in(struct agent *agent, const char *secret, const char *name, struct err *err)
{
	struct buf csr = {0}, facts = {0}, text = {0};
	bool done = (agent->key.len > 0 || tls_make_key(&agent->key, err)) &&
		    tls_make_request(buf_view(&agent->key), name, &csr, err);
	if (done) {
		struct json *body = json_new_object();
		put_facts(&facts, name);
		json_put_cstr(body, "token", secret);
		json_put_cstr(body, "name", name);
		json_put_text(body, "csr", buf_view(&csr));
		json_put(body, "facts", json_parse(buf_view(&facts), err));
		json_write(body, &text);
		json_free(&body);
		done = agent_say(agent, MESSAGE_ENROLL, buf_view(&text), err) &&
		       agent_await(agent, MESSAGE_ENROLLED, err);
	}
	buf_end(&csr);
	buf_end(&facts);
	buf_end(&text);
	return done;
}

bool agent_enrol(struct agent *agent, const char *address, struct text ca_pem, const char *secret,
		 const char *name, struct err *err)
{
	bool done = agent_connect(agent, address, ca_pem, err) && ask_in(agent, secret, name, err);
	if (done) {
		struct json *body = json_parse(agent->heard, err);
		memcpy(agent->id, json_text(body, "agent").at, sizeof(agent->id));
		buf_text(&agent->cert, json_text(body, "certificate"));
		json_free(&body);
	}
	agent_hang_up(agent);
	return done;
}

bool agent_join(struct agent *agent, const char *address, struct text ca_pem, struct err *err)
{
	struct buf hello = {0};
	buf_cstr(&hello, "{\"facts\":");
	put_facts(&hello, "bench");
	buf_cstr(&hello, ",\"trust\":\"server\",\"documents\":[]}");
	bool done = agent_connect(agent, address, ca_pem, err) &&
		    agent_say(agent, MESSAGE_HELLO, buf_view(&hello), err) &&
		    agent_await(agent, MESSAGE_WELCOME, err);
	buf_end(&hello);
	return done;
}

bool agent_renew(struct agent *agent, struct err *err)
{
	struct buf key = {0}, csr = {0}, text = {0};
	scoped(json_free) struct json *body = json_new_object();
	bool done = tls_make_key(&key, err) && tls_make_request(buf_view(&key), "x", &csr, err);
	json_put_text(body, "csr", buf_view(&csr));
	json_write(body, &text);
	done = done && agent_say(agent, MESSAGE_RENEW, buf_view(&text), err) &&
	       agent_await(agent, MESSAGE_RENEWED, err);
	scoped(json_free) struct json *answer = done ? json_parse(agent->heard, err) : NULL;
	if (answer) {
		buf_clear(&agent->key);
		buf_clear(&agent->cert);
		buf_text(&agent->key, buf_view(&key));
		buf_text(&agent->cert, json_text(answer, "certificate"));
	}
	buf_end(&key);
	buf_end(&csr);
	buf_end(&text);
	return answer != NULL;
}

void agent_hang_up(struct agent *agent)
{
	if (agent->tls)
		tls_shut(agent->tls);
	tls_free(&agent->tls);
	tls_context_free(&agent->context);
	dial_close(&agent->fd);
	buf_end(&agent->in);
	agent->heard_len = 0;
}

void agent_end(struct agent *agent)
{
	agent_hang_up(agent);
	buf_end(&agent->key);
	buf_end(&agent->cert);
}
