#include "cli/fleet/remote.h"

#include <string.h>

#include "base/mem.h"
#include "os/folder.h"

#define STORED_MAX (64u * 1024)
#define STORED_NAME "server.json"
#define CA_NAME "ca.pem"
#define NO_SERVER "no server is known; set MUSTER_URL, or run muster login URL"

void remote_end(struct remote *remote)
{
	if (remote->token)
		explicit_bzero(remote->token, strlen(remote->token));
	mem_free(&remote->url);
	mem_free(&remote->token);
	mem_free(&remote->ca);
}

/* "~/.config" and "~/.config/muster"; false: there is no home to look in. */
static bool put_paths(const struct program *program, struct buf *config, struct buf *own)
{
	if (program->config_home)
		buf_cstr(config, program->config_home);
	else if (program->home)
		buf_print(config, "%s/.config", program->home);
	buf_print(own, "%s/muster", config->len > 0 ? config->at : "");
	return config->len > 0;
}

static bool is_same_place(const char *a, const char *b)
{
	struct text one = text_of(a), two = text_of(b);
	while (text_ends(one, "/"))
		one.len--;
	while (text_ends(two, "/"))
		two.len--;
	return text_is_alike(one, two);
}

static char *copy_of(struct text text)
{
	return text.at ? mem_copy(text.at, text.len) : NULL;
}

static bool use_stored(struct text bytes, struct remote *remote, struct err *err)
{
	scoped(json_free) struct json *stored = json_parse(bytes, err);
	if (!stored)
		return err_add(err, "%s", STORED_NAME);
	struct text url = json_text(stored, "url");
	if (!url.at)
		return err_set(err, ERR_INPUT,
			       STORED_NAME " has no \"url\"; run muster login again");
	bool same = !remote->url || is_same_place(remote->url, url.at);
	if (!remote->url)
		remote->url = copy_of(url);
	if (!remote->token && same)
		remote->token = copy_of(json_text(stored, "token"));
	if (!remote->ca && same)
		remote->ca = copy_of(json_text(stored, "ca"));
	return true;
}

static bool read_stored(const struct program *program, struct remote *remote, struct err *err)
{
	struct err ignored = {0};
	bool found = false;
	scoped(buf_end) struct buf config = {0}, own = {0}, bytes = {0};
	if (!put_paths(program, &config, &own))
		return true;
	scoped(folder_close) int folder = folder_open_known(own.at, &ignored);
	if (folder < 0)
		return ignored.kind == ERR_INPUT || err_set(err, ignored.kind, "%s", ignored.text);
	if (!folder_read(folder, STORED_NAME, STORED_MAX, &bytes, &found, err))
		return err_add(err, "%s", own.at);
	bool done = !found || use_stored(buf_view(&bytes), remote, err) ||
		    err_add(err, "%s", own.at);
	if (bytes.at)
		explicit_bzero(bytes.at, bytes.len);
	return done;
}

bool remote_open(const struct program *program, struct remote *remote, struct err *err)
{
	*remote = (struct remote){.url = mem_text(program->url),
				  .token = mem_text(program->token),
				  .ca = mem_text(program->ca)};
	bool whole = remote->url && remote->token && remote->ca;
	bool done = whole || read_stored(program, remote, err);
	if (done && !remote->url)
		done = err_set(err, ERR_SYSTEM, NO_SERVER);
	if (done && !remote->token)
		done = err_set(err, ERR_REFUSED,
			       "no token for %s; set MUSTER_TOKEN, or run muster login %s",
			       remote->url, remote->url);
	if (!done) {
		remote_end(remote);
		return false;
	}
	for (size_t len = strlen(remote->url); len > 0 && remote->url[len - 1] == '/'; len--)
		remote->url[len - 1] = '\0';
	return true;
}

bool remote_store(const struct program *program, const struct remote *remote, struct text ca_pem,
		  struct err *err)
{
	scoped(buf_end) struct buf config = {0}, own = {0}, bytes = {0};
	if (!put_paths(program, &config, &own))
		return err_set(err, ERR_SYSTEM, "nowhere to store this: set HOME");
	scoped(folder_close) int above = folder_open(config.at, err);
	if (above < 0)
		return false;
	scoped(folder_close) int folder = folder_open(own.at, err);
	if (folder < 0 || (ca_pem.len > 0 && !folder_write(folder, CA_NAME, ca_pem, 0600, err)))
		return false;
	scoped(json_free) struct json *json = json_new_object();
	json_put_cstr(json, "url", remote->url);
	json_put_cstr(json, "token", remote->token);
	if (ca_pem.len > 0) {
		buf_cstr(&own, "/" CA_NAME);
		json_put_text(json, "ca", buf_view(&own));
	}
	json_write_pretty(json, &bytes);
	buf_char(&bytes, '\n');
	bool done = folder_write(folder, STORED_NAME, buf_view(&bytes), 0600, err);
	explicit_bzero(bytes.at, bytes.len);
	return done;
}

void remote_escape(struct buf *out, struct text text)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] && strchr(plain, text.at[i]))
			buf_char(out, text.at[i]);
		else
			buf_print(out, "%%%02X", (unsigned char)text.at[i]);
}

void remote_answer_end(struct remote_answer *answer)
{
	json_free(&answer->json);
}

static bool read_answer(struct fetch_response *response, struct remote_answer *answer,
			struct err *err)
{
	struct err broken = {0};
	answer->status = response->status;
	if (response->body.len > 0 && strstr(response->content_type, "json"))
		answer->json = json_parse(buf_view(&response->body), &broken);
	if (broken.kind != ERR_NONE)
		return err_set(err, ERR_SYSTEM, "the server's answer is broken: %s", broken.text);
	if (response->status == 401)
		return err_set(err, ERR_REFUSED,
			       "the server does not know this token; it may have been revoked: "
			       "set another MUSTER_TOKEN, or run muster login again");
	if (response->status == 403) {
		struct text detail = json_text(answer->json, "detail");
		scoped(buf_end) struct buf shown = {0};
		buf_printable(&shown, detail, ERR_TEXT_SIZE);
		return err_set(err, ERR_REFUSED, "the server refuses this: %s",
			       shown.at ? shown.at : "it does not say why");
	}
	return true;
}

bool remote_ask(const struct remote *remote, const char *method, const char *path,
		const struct json *body, struct remote_answer *answer, struct err *err)
{
	struct fetch_response response = {0};
	scoped(buf_end) struct buf url = {0}, text = {0};
	*answer = (struct remote_answer){0};
	buf_print(&url, "%s%s", remote->url, path);
	if (body)
		json_write(body, &text);
	struct fetch_request request = {.method = method,
					.url = url.at,
					.ca_file = remote->ca,
					.token = remote->token,
					.content_type = body ? "application/json" : NULL,
					.body = body ? buf_view(&text) : (struct text){0},
					.timeout_ms = REMOTE_TIMEOUT_MS};
	if (!fetch(&request, &response, err))
		return false;
	bool done = read_answer(&response, answer, err);
	buf_end(&response.body);
	if (!done)
		remote_answer_end(answer);
	return done;
}

bool remote_refuse(const struct remote_answer *answer, struct err *err)
{
	struct text detail = json_text(answer->json, "detail");
	scoped(buf_end) struct buf shown = {0};
	enum err_kind kind = answer->status / 100 == 4 ? ERR_INPUT : ERR_SYSTEM;
	if (answer->status == 429 || answer->status == 503)
		kind = ERR_BUSY;
	buf_printable(&shown, detail, ERR_TEXT_SIZE);
	if (shown.len > 0)
		return err_set(err, kind, "%s", shown.at);
	return err_set(
		err, ERR_SYSTEM,
		"the server answers with status %d and no reason; is this musterd's address?",
		answer->status);
}

struct json *remote_call(const struct remote *remote, const char *method, const char *path,
			 const struct json *body, struct err *err)
{
	struct remote_answer answer;
	if (!remote_ask(remote, method, path, body, &answer, err))
		return NULL;
	if (answer.status == 204)
		return json_new_object();
	if (answer.status == 200 && answer.json)
		return answer.json;
	remote_refuse(&answer, err);
	remote_answer_end(&answer);
	return NULL;
}

/* One page at the end of list; *next is empty at the last. */
static bool add_page(const struct remote *remote, const char *path, size_t limit, struct json *list,
		     struct buf *next, struct err *err)
{
	scoped(json_free) struct json *page = remote_call(remote, "GET", path, NULL, err);
	if (!page)
		return false;
	const struct json *data = json_get(page, "data");
	for (size_t i = 0; i < json_count(data) && json_count(list) < limit; i++)
		json_add(list, json_copy(json_at(data, i)));
	buf_clear(next);
	buf_text(next, json_text(page, "next"));
	return true;
}

bool remote_list(const struct remote *remote, const char *path, const char *q, size_t limit,
		 struct json *list, struct err *err)
{
	scoped(buf_end) struct buf next = {0};
	do {
		scoped(buf_end) struct buf full = {0};
		size_t left = limit - json_count(list);
		buf_print(&full, "%s?limit=%zu", path, left < REMOTE_PAGE ? left : REMOTE_PAGE);
		if (q) {
			buf_cstr(&full, "&q=");
			remote_escape(&full, text_of(q));
		}
		if (next.len > 0) {
			buf_cstr(&full, "&cursor=");
			remote_escape(&full, buf_view(&next));
		}
		if (!add_page(remote, full.at, limit, list, &next, err))
			return false;
	} while (next.len > 0 && json_count(list) < limit);
	return true;
}

/* Of several with one name, the one that is not revoked. */
static struct json *choose_host(const struct json *list, const char *name, struct err *err)
{
	const struct json *chosen = NULL;
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *host = json_at(list, i);
		bool revoked = text_is(json_text(host, "status"), "revoked");
		if (!chosen || !revoked)
			chosen = host;
	}
	if (chosen)
		return json_copy(chosen);
	err_set(err, ERR_INPUT, "no host is called \"%.100s\"; see muster agent list", name);
	return NULL;
}

static bool is_id(const char *name)
{
	unsigned char bytes[16];
	return text_to_bytes(text_of(name), bytes, sizeof(bytes));
}

struct json *remote_host(const struct remote *remote, const char *name, struct err *err)
{
	scoped(buf_end) struct buf q = {0};
	scoped(json_free) struct json *list = json_new_list();
	if (is_id(name))
		buf_print(&q, "id:%s", name);
	else {
		buf_cstr(&q, "name:\"");
		for (const char *c = name; *c; c++)
			buf_print(&q, "%s%c", *c == '"' || *c == '\\' ? "\\" : "", *c);
		buf_char(&q, '"');
	}
	if (!remote_list(remote, "/api/v1/hosts", q.at, REMOTE_PAGE, list, err))
		return NULL;
	return choose_host(list, name, err);
}

bool remote_stream(const struct remote *remote, const char *path,
		   bool (*each)(void *data, struct text piece), void *data, struct err *err)
{
	struct fetch_response response = {0};
	struct remote_answer answer = {0};
	scoped(buf_end) struct buf url = {0};
	buf_print(&url, "%s%s", remote->url, path);
	struct fetch_request request = {.method = "GET",
					.url = url.at,
					.ca_file = remote->ca,
					.token = remote->token,
					.each = each,
					.data = data};
	if (!fetch(&request, &response, err))
		return false;
	bool done = response.status == 200;
	if (!done && read_answer(&response, &answer, err))
		remote_refuse(&answer, err);
	remote_answer_end(&answer);
	buf_end(&response.body);
	return done;
}
