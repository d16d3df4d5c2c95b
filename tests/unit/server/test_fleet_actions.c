/* What is asked of hosts now: who answers, who comes back for it, who declines. */
#include "server/fleet/fleet.h"

#include <string.h>

#include "unit.h"
#include "yard.h"

test(action_reaches_those_who_are_there_and_those_who_come_back)
{
	struct yard yard;
	struct agent agent = {.fd = -1}, late = {.fd = -1};
	yard_open(&yard);
	yard_enrol(&yard, &agent, "web1");
	yard_enrol(&yard, &late, "web2");
	yard_join(&yard, &agent);
	struct json *none = json_new_list();
	struct json *action = fleet_check(yard.fleet, TEXT("os:debian"), none, "anna",
					  60 * TIME_SECOND_US, &yard.err);
	assert_non_null(action);
	assert_int_equal(json_count(json_get(action, "hosts")), 2);
	assert_true(agent_await(&agent, MESSAGE_CHECK, &yard.err));
	yard_join(&yard, &late);
	assert_true(agent_await(&late, MESSAGE_CHECK, &yard.err));
	json_free(&action);
	json_free(&none);
	agent_end(&agent);
	agent_end(&late);
	yard_close(&yard);
}

/* -------- who made a change -------- */

static void decline(struct yard *yard, struct agent *agent, const char *action, const char *reason,
		    int64_t ahead_us)
{
	char now[TIME_TEXT_SIZE];
	time_put(time_now_us() + ahead_us, now);
	const char *body = unit_text("{\"action\":\"%s\",\"reason\":\"%s\",\"now\":\"%s\"}", action,
				     reason, now);
	assert_true(agent_say(agent, MESSAGE_DECLINED, text_of(body), &yard->err));
	yard_send_items(yard, agent, 1, json_new_list());
	yard_send_items(yard, agent, 2, json_new_list()); /* what came before the first is done */
}

/* Of the items of the action how many are the host's; all are unknown, for this reason. */
static size_t count_unknown(const struct json *action, const struct agent *agent,
			    const char *reason)
{
	size_t count = 0;
	const struct json *items = json_get(action, "items");
	for (size_t i = 0; i < json_count(items); i++) {
		const struct json *item = json_at(items, i);
		if (!text_is(json_text(item, "agent"), agent->id))
			continue;
		assert_true(text_is(json_text(item, "status"), "unknown"));
		assert_string_equal(json_text(item, "reason").at, reason);
		count++;
	}
	return count;
}

test(what_a_host_declines_is_unknown_at_once_and_says_why)
{
	static const struct {
		const char *reason;
		int64_t ahead_us;
		const char *says;
	} rows[] = {
		{"refused: it has expired", 0, "refused: it has expired"},
		{"refused: it has expired", 30 * TIME_SECOND_US, "refused: it has expired"},
		{"refused: late", 100 * TIME_SECOND_US,
		 "refused: late; its clock is 2 min ahead of the server's"},
		{"refused: late", -10 * 60 * TIME_SECOND_US,
		 "refused: late; its clock is 10 min behind the server's"},
		{"refused: late", 3 * 3600 * TIME_SECOND_US,
		 "refused: late; its clock is 3 h ahead of the server's"},
		{"refused: late", 400 * TIME_DAY_US,
		 "refused: late; its clock is 400 days ahead of the server's"},
		{"", 0, "the host will not answer"},
		{"a\\u001b[31mb", 0, "a\\x1b[31mb"},
	};
	struct yard yard;
	struct agent agent = {.fd = -1}, other = {.fd = -1};
	yard_open(&yard);
	yard_enrol(&yard, &agent, "web1");
	yard_enrol(&yard, &other, "web2");
	yard_push(&yard, yard_policy);
	yard_join(&yard, &agent);
	yard_join(&yard, &other);
	struct json *none = json_new_list();
	for (size_t i = 0; i < array_len(rows); i++) {
		struct json *action = fleet_check(yard.fleet, TEXT("os:debian"), none, "anna",
						  60 * TIME_SECOND_US, &yard.err);
		const char *id = unit_text("%.*s", TEXT_ARG(json_text(action, "id")));
		decline(&yard, &agent, id, rows[i].reason, rows[i].ahead_us);
		decline(&yard, &agent, id, "again", 0); /* the first word counts */
		json_free(&action);
		action = fleet_action(yard.fleet, id, &yard.err);
		assert_int_equal(count_unknown(action, &agent, rows[i].says), 2);
		assert_int_equal(count_unknown(action, &other, ""), 0); /* it still may answer */
		json_free(&action);
	}
	json_free(&none);
	agent_end(&agent);
	agent_end(&other);
	yard_close(&yard);
}

test(a_host_declines_nothing_but_what_it_was_asked)
{
	struct yard yard;
	struct agent agent = {.fd = -1}, other = {.fd = -1};
	yard_open(&yard);
	yard_enrol(&yard, &agent, "web1");
	yard_enrol(&yard, &other, "web2");
	yard_push(&yard, yard_policy);
	yard_join(&yard, &agent);
	yard_join(&yard, &other);
	struct json *none = json_new_list();
	struct json *action = fleet_check(yard.fleet, TEXT("name:web2"), none, "anna",
					  60 * TIME_SECOND_US, &yard.err);
	const char *id = unit_text("%.*s", TEXT_ARG(json_text(action, "id")));
	decline(&yard, &agent, id, "not mine", 0);
	decline(&yard, &agent, "00000000000000000000000000000000", "of nobody", 0);
	decline(&yard, &agent, "../x", "no id", 0);
	json_free(&action);
	action = fleet_action(yard.fleet, id, &yard.err);
	assert_int_equal(json_count(json_get(action, "items")), 0);
	assert_true(text_is(json_text(json_at(json_get(action, "hosts"), 0), "status"), "pending"));
	json_free(&action);
	json_free(&none);
	agent_end(&agent);
	agent_end(&other);
	yard_close(&yard);
}
