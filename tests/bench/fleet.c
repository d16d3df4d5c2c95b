/* fleet: what a server takes in from agents, and what an idle one costs it.
 *
 *	fleet STATE ADDR:PORT PID
 *
 * STATE is the running server's folder: its CA is trusted, and enrolment tokens are put straight
 *into its store. The host's document must be the policy "bench" with refs c0 to c299
 *(tests/bench/run pushes it), so that all items become current. Prints items_per_s and idle_kib. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent.h"
#include "base/random.h"
#include "base/time.h"
#include "model/item.h"
#include "net/link/token.h"
#include "store/port.h"

#define AGENTS 8
#define CHECKS 300
#define MESSAGE_ITEMS_COUNT 900
#define MESSAGES 40 /* of each agent */
#define WINDOW 4    /* messages of an agent that are not acknowledged */
#define IDLE 400

struct bench {
	const char *address;
	struct buf ca;
	struct store *store;
};

static void end(const struct err *err)
{
	fprintf(stderr, "fleet: %s\n", err->text);
	exit(3);
}

static void add_token(struct bench *bench, char secret[static TOKEN_SECRET_SIZE])
{
	struct err err = {0};
	struct store_token token = {.kind = TOKEN_ENROL,
				    .name = TEXT("bench"),
				    .created_us = time_now_us(),
				    .uses_left = AGENTS + IDLE};
	random_put_id(secret);
	random_put_id(token.id);
	token_hash(secret, token.hash);
	if (!store_embedded.token_add(bench->store, &token, &err))
		end(&err);
}

static void put_item(struct json *list, const struct agent *agent, unsigned ref, int64_t at_us)
{
	char name[16];
	snprintf(name, sizeof(name), "c%u", ref);
	struct evidence evidence = {TEXT("/etc/ssh/sshd_config"), 34, TEXT("PermitRootLogin no")};
	struct item item = {.target = TEXT("bench"),
			    .at_us = at_us,
			    .status = ref % 7 == 0 ? STATUS_FAIL : STATUS_PASS,
			    .reason = TEXT("line 34 matches"),
			    .agent = text_of(agent->id),
			    .evidence = &evidence,
			    .evidence_count = 1,
			    .duration_us = 210};
	item.policy.name = TEXT("bench");
	item.policy.level = LEVEL_MEDIUM;
	item.check.ref = text_of(name);
	item.check.name = TEXT("check root login is off");
	item.check.description = TEXT("compliance check for openssh");
	item.check.location = TEXT("/etc/ssh/sshd_config");
	item.check.test_type = TEXT("regex");
	item.check.test_value = TEXT("(?i)^permitrootlogin no$");
	item_put_id(item.agent, item.policy.name, item.check.ref, TEXT(""), item.id);
	json_add(list, item_to_json(&item));
}

static void make_message(const struct agent *agent, int64_t seq, struct buf *out)
{
	struct json *body = json_new_object(), *items = json_new_list();
	json_put_int(body, "seq", seq);
	for (unsigned i = 0; i < MESSAGE_ITEMS_COUNT; i++)
		put_item(items, agent, i % CHECKS, time_now_us() + i);
	json_put(body, "items", items);
	message_put(out, MESSAGE_ITEMS, body);
	json_free(&body);
}

/* All agents by turns; returns when everything is acknowledged. */
static double send_items(struct agent *agents)
{
	struct err err = {0};
	static struct buf messages[AGENTS][MESSAGES];
	for (size_t i = 0; i < AGENTS; i++)
		for (size_t at = 0; at < MESSAGES; at++)
			make_message(&agents[i], (int64_t)at + 1, &messages[i][at]);
	int64_t begin_us = time_span_us();
	for (size_t at = 0; at < MESSAGES + WINDOW; at++)
		for (size_t i = 0; i < AGENTS; i++) {
			if (at < MESSAGES &&
			    !agent_send(&agents[i], buf_view(&messages[i][at]), &err))
				end(&err);
			if (at >= WINDOW && !agent_await(&agents[i], MESSAGE_ACK, &err))
				end(&err);
		}
	double spent_s = (double)(time_span_us() - begin_us) / 1e6;
	for (size_t i = 0; i < AGENTS; i++)
		for (size_t at = 0; at < MESSAGES; at++)
			buf_end(&messages[i][at]);
	return AGENTS * MESSAGES * MESSAGE_ITEMS_COUNT / spent_s;
}

static double server_kib(const char *pid)
{
	char path[64], line[256];
	double kib = 0;
	snprintf(path, sizeof(path), "/proc/%s/smaps_rollup", pid);
	FILE *file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, "Pss:", 4) == 0)
			kib = strtod(line + 4, NULL);
	if (file)
		fclose(file);
	return kib;
}

static void join(struct bench *bench, struct agent *agent, const char *secret, unsigned number)
{
	char name[32];
	struct err err = {0};
	snprintf(name, sizeof(name), "bench%u", number);
	if (!agent_enrol(agent, bench->address, buf_view(&bench->ca), secret, name, &err) ||
	    !agent_join(agent, bench->address, buf_view(&bench->ca), &err))
		end(&err);
}

static void open_bench(struct bench *bench, const char *state)
{
	char path[4096], line[256];
	struct err err = {0};
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	snprintf(path, sizeof(path), "%s/ca.pem", state);
	FILE *file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		buf_cstr(&bench->ca, line);
	if (file)
		fclose(file);
	snprintf(path, sizeof(path), "%s/store", state);
	bench->store = store_embedded.open(&(struct store_config){.folder = path}, &err);
	if (!bench->store)
		end(&err);
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: fleet STATE ADDR:PORT PID\n");
		return 2;
	}
	char secret[TOKEN_SECRET_SIZE];
	struct bench bench = {.address = argv[2]};
	struct agent *agents = calloc(AGENTS + IDLE, sizeof(*agents));
	open_bench(&bench, argv[1]);
	add_token(&bench, secret);
	for (unsigned i = 0; i < AGENTS; i++)
		join(&bench, &agents[i], secret, i);
	double before = server_kib(argv[3]); /* before the load, whose memory would be used again */
	for (unsigned i = AGENTS; i < AGENTS + IDLE; i++)
		join(&bench, &agents[i], secret, i);
	sleep(1);
	printf("idle_kib %.1f\n", (server_kib(argv[3]) - before) / IDLE);
	printf("items_per_s %.0f\n", send_items(agents));
	for (unsigned i = 0; i < AGENTS + IDLE; i++)
		agent_end(&agents[i]);
	free(agents);
	store_embedded.close(&bench.store);
	buf_end(&bench.ca);
	return 0;
}
