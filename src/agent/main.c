#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/enrol/enrol.h"
#include "agent/judge/commands.h"
#include "agent/link/status.h"
#include "agent/monitor.h"
#include "agent/roles.h"
#include "base/log.h"
#include "format/json.h"
#include "os/child.h"
#include "os/folder.h"

#define LEAVE_WAIT_MS 10000  /* for a running agent to end */
#define TOKEN_INPUT_MAX 4096 /* bytes of standard input that hold a token */

struct options {
	const char *state, *trust, *server, *token, *commands;
	bool trust_server, json;
};

static int say(int status, const char *text, ...) format_like(2, 3);

static int say(int status, const char *text, ...)
{
	va_list args;
	va_start(args, text);
	fputs("muster-agent: ", stderr);
	vfprintf(stderr, text, args);
	fputc('\n', stderr);
	va_end(args);
	return status;
}

static int fail(const struct err *err)
{
	return say(err_exit(err), "%s", err->text);
}

/* --- enroll --- */

static bool read_token(const char *word, struct token *token, struct err *err)
{
	char input[TOKEN_INPUT_MAX + 1];
	if (strcmp(word, "-") != 0)
		return token_read(text_of(word), token, err);
	size_t len = fread(input, 1, TOKEN_INPUT_MAX, stdin);
	bool done = token_read((struct text){input, len}, token, err);
	explicit_bzero(input, sizeof(input));
	return done;
}

/* Takes the folder's lock (-1: err): two agents never share one. */
static int lock_state(int folder, const struct options *options, struct err *err)
{
	int lock = folder_lock(folder, IDENTITY_LOCK, err);
	if (lock < 0)
		err_add(err, "state folder \"%s\"", options->state);
	return lock;
}

static bool join(int folder, const struct options *options, struct identity *identity,
		 struct err *err)
{
	struct token token;
	struct dial_address server;
	if (identity_is_there(folder))
		return err_set(err, ERR_INPUT,
			       "\"%s\" is enrolled already; run muster-agent leave first",
			       options->state);
	if (!read_token(options->token, &token, err))
		return false;
	if (options->server && !dial_read(text_of(options->server), &server, err))
		return err_add(err, "--server");
	bool done = enrol_join(&token, options->server ? &server : NULL, identity, err);
	explicit_bzero(&token, sizeof(token));
	return done && (identity_save(folder, identity, err) ||
			err_add(err, "the server has enrolled this host, but it cannot be kept"));
}

static int enroll(const struct options *options)
{
	struct err err = {0};
	struct identity identity = {0};
	if (options->trust)
		return say(2, "--trust: this version cannot verify signatures yet; "
			      "--trust-server accepts unsigned checks by read-only probes");
	if (!options->trust_server)
		return say(2,
			   "enroll: say whom to trust: --trust-server accepts unsigned checks by "
			   "read-only probes from the server");
	int folder = folder_open(options->state, &err);
	int lock = folder >= 0 ? lock_state(folder, options, &err) : -1;
	bool done = lock >= 0 && join(folder, options, &identity, &err);
	if (done)
		printf("enrolled as %s, agent %s\n", identity.name, identity.id);
	identity_end(&identity);
	folder_close(&lock);
	folder_close(&folder);
	return done ? 0 : fail(&err);
}

/* --- run --- */

static bool run_here(const struct options *options, struct err *err)
{
	struct identity identity = {0};
	int folder = folder_open_known(options->state, err);
	int lock = folder >= 0 ? lock_state(folder, options, err) : -1;
	int spool = -1;
	bool done = lock >= 0 && identity_load(folder, &identity, err);
	if (done)
		spool = folder_open_below(folder, IDENTITY_SPOOL, roles_user(), err);
	if (spool >= 0) {
		if (!powers_is_root())
			log_write(
				LOG_WARN, "monitor",
				"not root: processes keep this user, and files that only root may "
				"read are not judged");
		log_write(LOG_INFO, "monitor", "runs, version=%s name=%s agent=%s", MUSTER_VERSION,
			  identity.name, identity.id);
	}
	done = spool >= 0 && monitor_run(folder, &identity, spool, options->commands, err);
	identity_end(&identity);
	folder_close(&spool);
	folder_close(&lock);
	folder_close(&folder);
	return done;
}

static int run(const struct options *options)
{
	struct err err = {0};
	return run_here(options, &err) ? 0 : fail(&err);
}

/* --- status --- */

static struct json *read_status(int folder, struct err *err)
{
	struct buf text = {0};
	bool found = false;
	struct json *json = NULL;
	if (!folder_is_there(folder, IDENTITY_SPOOL))
		return json_new_object();
	int spool = folder_open_below(folder, IDENTITY_SPOOL, roles_user(), err);
	if (spool >= 0 && folder_read(spool, STATUS_FILE, STATUS_FILE_MAX, &text, &found, err))
		json = found ? json_parse(buf_view(&text), err) : json_new_object();
	folder_close(&spool);
	buf_end(&text);
	return json;
}

static void print_line(const char *name, struct text value)
{
	char shown[LOG_VALUE_SIZE];
	printf("%-12s%s\n", name, value.len > 0 ? log_value(value, shown) : "-");
}

static void print_status(const struct json *json)
{
	static const char *const texts[] = {"name",  "agent", "server",   "trust",
					    "state", "since", "last_run", "error"};
	for (size_t i = 0; i < array_len(texts); i++)
		print_line(texts[i], json_text(json, texts[i]));
	printf("%-12s%lld\n", "documents", (long long)json_int(json, "documents", 0));
	printf("%-12s%lld%s\n", "waiting", (long long)json_int(json, "waiting", 0),
	       json_truth(json, "spool_full", false) ? " (full: nothing is judged)" : "");
}

/* Puts together what the files say and whether the agent runs. */
static struct json *gather_status(int folder, const struct identity *identity, struct err *err)
{
	struct json *json = read_status(folder, err);
	if (!json)
		return NULL;
	struct err busy = {0};
	int lock = folder_lock(folder, IDENTITY_LOCK, &busy);
	bool runs = lock < 0 && busy.kind == ERR_BUSY;
	folder_close(&lock);
	struct buf server = {0};
	buf_print(&server, "%s port %u", identity->server.host, identity->server.port);
	json_put_cstr(json, "name", identity->name);
	json_put_cstr(json, "agent", identity->id);
	json_put_text(json, "server", buf_view(&server));
	json_put_cstr(json, "trust", "server");
	bool refused = text_is(json_text(json, "connection"), connection_name(CONNECTION_REFUSED));
	if (!runs && !refused)
		json_put_cstr(json, "state", "not running");
	else if (json_get(json, "connection"))
		json_put(json, "state", json_copy(json_get(json, "connection")));
	else
		json_put_cstr(json, "state", connection_name(CONNECTION_NEVER));
	buf_end(&server);
	return json;
}

static int status(const struct options *options)
{
	struct err err = {0};
	struct identity identity = {0};
	int folder = folder_open_known(options->state, &err);
	bool done = folder >= 0 && identity_load(folder, &identity, &err);
	struct json *json = done ? gather_status(folder, &identity, &err) : NULL;
	bool connected = text_is(json_text(json, "state"), connection_name(CONNECTION_UP));
	if (json && options->json) {
		struct buf text = {0};
		json_write(json, &text);
		printf("%s\n", text.at);
		buf_end(&text);
	} else if (json)
		print_status(json);
	json_free(&json);
	identity_end(&identity);
	folder_close(&folder);
	if (err.kind != ERR_NONE)
		return fail(&err);
	return connected ? 0 : 1;
}

/* --- leave --- */

/* Whom the server has revoked already need not say goodbye. */
static bool say_goodbye(const struct identity *identity, struct err *err)
{
	if (enrol_leave(identity, err))
		return true;
	if (err->kind != ERR_REFUSED)
		return err_add(err, "nothing was removed");
	(void)say(0, "%s; what was kept here is removed all the same", err->text);
	*err = (struct err){0};
	return true;
}

/* An agent that runs ends by itself when it hears that it has left. */
static bool leave_here(int folder, const struct options *options, struct err *err)
{
	struct identity identity = {0};
	bool done = identity_load(folder, &identity, err) && say_goodbye(&identity, err);
	int lock = -1;
	for (int waited_ms = 0; done && lock < 0 && waited_ms <= LEAVE_WAIT_MS; waited_ms += 100) {
		*err = (struct err){0};
		lock = lock_state(folder, options, err);
		if (lock < 0 && err->kind != ERR_BUSY)
			break;
		if (lock < 0)
			child_pause(100);
	}
	done = done &&
	       (lock >= 0 || err_add(err, "this host has left, but its agent still runs; stop "
					  "it and remove the folder"));
	done = done && identity_remove(folder, err);
	identity_end(&identity);
	folder_close(&lock);
	return done;
}

static int leave(const struct options *options)
{
	struct err err = {0};
	int folder = folder_open_known(options->state, &err);
	bool done = folder >= 0 && leave_here(folder, options, &err);
	folder_close(&folder);
	return done ? 0 : fail(&err);
}

/* --- the command line --- */

static const struct verb {
	const char *name, *usage, *help;
	bool token, trust, format, commands;
	int (*run)(const struct options *options);
} verbs[] = {
	{"enroll", "TOKEN|- --state DIR --trust-server [--server HOST:PORT]",
	 "join the fleet with a token of \"muster agent token\"", .token = true, .trust = true,
	 .run = enroll},
	{"run", "--state DIR [--commands FILE]", "run in the foreground, until SIGTERM",
	 .commands = true, .run = run},
	{"status", "--state DIR [--format text|json]", "say how it stands; exit 0 when connected",
	 .format = true, .run = status},
	{"leave", "--state DIR", "tell the server, and forget what was enrolled", .run = leave},
};

static int help(void)
{
	printf("Example: muster-agent enroll - --state /var/lib/muster --trust-server <token\n\n"
	       "Usage: muster-agent COMMAND --state DIR [OPTION]...\n"
	       "Judge this host by the policies that its server assigns.\n\n");
	for (size_t i = 0; i < array_len(verbs); i++)
		printf("  %s %s\n      %s\n", verbs[i].name, verbs[i].usage, verbs[i].help);
	printf("\n  --state DIR         where key, certificate and undelivered items are kept\n"
	       "  --trust-server      accept unsigned checks by read-only probes from the server\n"
	       "  --trust FILE        accept signed actions (refused: not in this version)\n"
	       "  --server HOST:PORT  go there instead of to the token's address\n"
	       "  --commands FILE     root's list of commands that policies may have run; else\n"
	       "                      " COMMANDS_FILE "; see muster-agent(8)\n");
	return 0;
}

enum {
	OPTION_STATE = 256,
	OPTION_TRUST,
	OPTION_TRUST_SERVER,
	OPTION_SERVER,
	OPTION_FORMAT,
	OPTION_COMMANDS,
	OPTION_HELP
};

static const struct option rows[] = {
	{"state", required_argument, NULL, OPTION_STATE},
	{"trust", required_argument, NULL, OPTION_TRUST},
	{"trust-server", no_argument, NULL, OPTION_TRUST_SERVER},
	{"server", required_argument, NULL, OPTION_SERVER},
	{"format", required_argument, NULL, OPTION_FORMAT},
	{"commands", required_argument, NULL, OPTION_COMMANDS},
	{"help", no_argument, NULL, OPTION_HELP},
	{NULL, 0, NULL, 0},
};

#define SEE "; see \"muster-agent --help\""

/* Takes one option; false when the verb has none like it, or its value is wrong: *status then. */
static bool take_option(const struct verb *verb, int option, struct options *options, int *status)
{
	bool fits = true;
	switch (option) {
	case OPTION_STATE:
		options->state = optarg;
		break;
	case OPTION_TRUST:
		options->trust = optarg;
		fits = verb->trust;
		break;
	case OPTION_TRUST_SERVER:
		options->trust_server = true;
		fits = verb->trust;
		break;
	case OPTION_SERVER:
		options->server = optarg;
		fits = verb->trust;
		break;
	case OPTION_FORMAT:
		options->json = strcmp(optarg, "json") == 0;
		fits = verb->format && (options->json || strcmp(optarg, "text") == 0);
		break;
	case OPTION_COMMANDS:
		options->commands = optarg;
		fits = verb->commands && optarg[0] != '\0';
		break;
	case OPTION_HELP:
		*status = help();
		return false;
	default:
		*status = say(2, "%s: an option that is unknown or lacks its value" SEE,
			      verb->name);
		return false;
	}
	if (!fits)
		*status = say(2, "%s: \"--%s\" does not fit here" SEE, verb->name,
			      rows[option - OPTION_STATE].name);
	return fits;
}

static int run_verb(const struct verb *verb, int count, char **arguments)
{
	struct options options = {.commands = COMMANDS_FILE};
	int option, status = 2;
	opterr = 0;
	while ((option = getopt_long(count, arguments, "", rows, NULL)) != -1)
		if (!take_option(verb, option, &options, &status))
			return status;
	if (!options.state || options.state[0] == '\0')
		return say(2, "%s: \"--state DIR\" is missing" SEE, verb->name);
	int operands = count - optind;
	if (operands != (verb->token ? 1 : 0))
		return say(2,
			   verb->token ? "%s: give one token, or - for standard input" SEE
				       : "%s: takes no operand" SEE,
			   verb->name);
	options.token = verb->token ? arguments[optind] : NULL;
	return verb->run(&options);
}

/* Tests run with older walls, too. */
static void read_environment(void)
{
	const char *clamp = getenv("MUSTER_LANDLOCK_ABI");
	uint64_t abi = 0;
	if (clamp && text_to_u64(text_of(clamp), 0, 1000, &abi))
		powers_clamp_landlock((unsigned)abi);
}

int main(int count, char **arguments)
{
	read_environment();
	child_outlive_pipes();
	if (count < 2)
		return say(2, "give a command" SEE);
	if (strcmp(arguments[1], "--help") == 0)
		return help();
	if (strcmp(arguments[1], "--version") == 0) {
		printf("muster-agent %s\n", MUSTER_VERSION);
		return 0;
	}
	for (size_t i = 0; i < array_len(verbs); i++)
		if (strcmp(arguments[1], verbs[i].name) == 0)
			return run_verb(&verbs[i], count - 1, arguments + 1);
	return say(2, "there is no command \"%.40s\"" SEE, arguments[1]);
}
