/* What every store promises of hosts, tokens, documents, requirements and actions; items are in
 * store_items.c. */
#include "store.h"

#include <string.h>

#include "store_kit.h"

test(host_comes_back_as_it_went)
{
	struct kit kit = kit_open();
	struct store_host host;
	bool found;
	kit_add_host(&kit, 'a', "web1");
	assert_true(contract_port->host_get(kit.store, kit_id('a'), kit.arena, &host, &found,
					    &kit.err));
	assert_true(found);
	assert_string_equal(host.id, kit_id('a'));
	assert_true(text_is(host.name, "web1") && text_is(host.facts, "{\"os\":[\"linux\"]}") &&
		    text_is(host.tags, "{}") && text_is(host.trust, "server") &&
		    text_is(host.fingerprint, kit_id('a')));
	assert_int_equal(host.enrolled_us, 5);
	assert_int_equal(host.last_seen_us, 6);
	assert_int_equal(host.revoked_us, 0);
	assert_true(contract_port->host_get(kit.store, kit_id('b'), kit.arena, &host, &found,
					    &kit.err));
	assert_false(found);
	kit_close(&kit);
}

test(host_needs_a_token_that_is_good)
{
	struct kit kit = kit_open();
	struct store_host first = kit_host('a', "web1"), second = kit_host('b', "web2");
	kit_add_token(&kit, "once", 1);
	kit_add_token(&kit, "old", 1);
	assert_false(contract_port->host_add(kit.store, &first, "unknown", 10, &kit.err));
	assert_int_equal(kit.err.kind, ERR_REFUSED);
	assert_non_null(strstr(kit.err.text, "unknown"));
	assert_false(
		contract_port->host_add(kit.store, &first, "old", 1000 * TIME_SECOND_US, &kit.err));
	assert_int_equal(kit.err.kind, ERR_REFUSED);
	assert_non_null(strstr(kit.err.text, "expired"));
	assert_true(contract_port->host_add(kit.store, &first, "once", 10, &kit.err));
	assert_false(contract_port->host_add(kit.store, &second, "once", 10, &kit.err));
	assert_int_equal(kit.err.kind, ERR_REFUSED);
	assert_non_null(strstr(kit.err.text, "used"));
	kit_close(&kit);
}

test(held_name_is_refused_and_the_token_stays_good)
{
	struct kit kit = kit_open();
	struct store_host again = kit_host('b', "WEB1"), other = kit_host('c', "web2");
	kit_add_host(&kit, 'a', "web1");
	kit_add_token(&kit, "once", 1);
	assert_false(contract_port->host_add(kit.store, &again, "once", 10, &kit.err));
	assert_int_equal(kit.err.kind, ERR_REFUSED);
	assert_non_null(strstr(kit.err.text, "held"));
	assert_true(contract_port->host_add(kit.store, &other, "once", 10, &kit.err));
	kit_close(&kit);
}

test(revoked_host_frees_its_name_and_stays_listed)
{
	struct kit kit = kit_open();
	struct store_hosts hosts;
	struct store_host host;
	bool found;
	kit_add_host(&kit, 'a', "web1");
	assert_true(contract_port->host_revoke(kit.store, kit_id('a'), 77, &kit.err));
	assert_true(contract_port->host_revoke(kit.store, kit_id('a'), 99, &kit.err));
	kit_add_host(&kit, 'b', "Web1");
	assert_true(contract_port->host_list(kit.store, "", 10, kit.arena, &hosts, &kit.err));
	assert_int_equal(hosts.count, 2);
	assert_true(contract_port->host_get(kit.store, kit_id('a'), kit.arena, &host, &found,
					    &kit.err));
	assert_int_equal(host.revoked_us, 77);
	kit_close(&kit);
}

test(hosts_are_listed_in_pages)
{
	struct kit kit = kit_open();
	struct store_hosts hosts;
	kit_add_host(&kit, 'c', "c");
	kit_add_host(&kit, 'a', "a");
	kit_add_host(&kit, 'b', "b");
	assert_true(contract_port->host_list(kit.store, "", 2, kit.arena, &hosts, &kit.err));
	assert_int_equal(hosts.count, 2);
	assert_string_equal(hosts.list[0].id, kit_id('a'));
	assert_true(text_is(hosts.list[1].name, "b"));
	assert_true(contract_port->host_list(kit.store, hosts.list[1].id, 2, kit.arena, &hosts,
					     &kit.err));
	assert_int_equal(hosts.count, 1);
	assert_string_equal(hosts.list[0].id, kit_id('c'));
	kit_close(&kit);
}

test(hosts_that_were_heard_of_are_noted)
{
	struct kit kit = kit_open();
	struct store_host host;
	bool found;
	struct store_seen seen[] = {
		{.facts = TEXT("{\"new\":1}"), .at_us = 50}, {.at_us = 60}, {.at_us = 40}};
	memcpy(seen[0].host, kit_id('a'), STORE_ID_SIZE);
	memcpy(seen[1].host, kit_id('f'), STORE_ID_SIZE); /* not there */
	memcpy(seen[2].host, kit_id('a'), STORE_ID_SIZE); /* the clock was set back */
	kit_add_host(&kit, 'a', "web1");
	assert_true(contract_port->hosts_seen(kit.store, seen, 3, &kit.err));
	assert_true(contract_port->host_tag(kit.store, kit_id('a'), TEXT("{\"role\":\"web\"}"),
					    &kit.err));
	assert_true(contract_port->host_get(kit.store, kit_id('a'), kit.arena, &host, &found,
					    &kit.err));
	assert_int_equal(host.last_seen_us, 50);
	assert_true(text_is(host.facts, "{\"new\":1}"));
	assert_true(text_is(host.tags, "{\"role\":\"web\"}"));
	kit_close(&kit);
}

static struct store_token token(enum token_kind kind, const char *hash, int64_t uses)
{
	struct store_token token = {.kind = kind,
				    .name = TEXT("anna"),
				    .role = TEXT("admin"),
				    .created_us = 100,
				    .uses_left = uses};
	memcpy(token.hash, hash, strlen(hash));
	memcpy(token.id, hash, strlen(hash));
	return token;
}

static bool find(struct kit *kit, const struct store_token_use *use, struct store_token *found)
{
	bool there;
	assert_true(
		contract_port->token_find(kit->store, use, kit->arena, found, &there, &kit->err));
	return there;
}

test(token_is_found_by_hash_and_kind)
{
	struct kit kit = kit_open();
	struct store_token api = token(TOKEN_API, "one", -1), got;
	assert_true(contract_port->token_add(kit.store, &api, &kit.err));
	assert_false(contract_port->token_add(kit.store, &api, &kit.err));
	assert_int_equal(kit.err.kind, ERR_REFUSED);
	assert_true(find(&kit, &(struct store_token_use){TOKEN_API, "one", false, 500}, &got));
	assert_true(text_is(got.name, "anna") && text_is(got.role, "admin"));
	assert_int_equal(got.last_used_us, 0);
	assert_false(find(&kit, &(struct store_token_use){TOKEN_LINK, "one", false, 500}, &got));
	assert_false(find(&kit, &(struct store_token_use){TOKEN_API, "two", false, 500}, &got));
	assert_true(find(&kit, &(struct store_token_use){TOKEN_API, "one", true, 600}, &got));
	assert_true(find(&kit, &(struct store_token_use){TOKEN_API, "one", false, 700}, &got));
	assert_int_equal(got.last_used_us, 600);
	assert_int_equal(got.uses_left, -1);
	kit_close(&kit);
}

test(token_ends_by_use_and_by_time)
{
	struct kit kit = kit_open();
	struct store_token link = token(TOKEN_LINK, "link", 1),
			   session = token(TOKEN_SESSION, "s", -1);
	struct store_token got;
	session.expires_us = 1000;
	assert_true(contract_port->token_add(kit.store, &link, &kit.err));
	assert_true(contract_port->token_add(kit.store, &session, &kit.err));
	assert_true(find(&kit, &(struct store_token_use){TOKEN_LINK, "link", true, 500}, &got));
	assert_int_equal(got.uses_left, 0);
	assert_false(find(&kit, &(struct store_token_use){TOKEN_LINK, "link", true, 500}, &got));
	assert_true(find(&kit, &(struct store_token_use){TOKEN_SESSION, "s", true, 999}, &got));
	assert_false(find(&kit, &(struct store_token_use){TOKEN_SESSION, "s", true, 1000}, &got));
	kit_close(&kit);
}

test(tokens_are_listed_and_removed)
{
	struct kit kit = kit_open();
	struct store_tokens tokens;
	bool found;
	struct store_token late = token(TOKEN_API, "late", -1),
			   early = token(TOKEN_API, "early", -1);
	struct store_token gone = token(TOKEN_API, "gone", -1);
	early.created_us = 50;
	gone.created_us = 1;
	gone.expires_us = 2;
	late.created_us = 3 * TIME_DAY_US; /* takes what expired long ago with it */
	assert_true(contract_port->token_add(kit.store, &gone, &kit.err));
	assert_true(contract_port->token_add(kit.store, &early, &kit.err));
	assert_true(contract_port->token_add(kit.store, &late, &kit.err));
	assert_true(contract_port->token_list(kit.store, TOKEN_API, kit.arena, &tokens, &kit.err));
	assert_int_equal(tokens.count, 2);
	assert_string_equal(tokens.list[0].id, "early");
	assert_string_equal(tokens.list[1].hash, "late");
	assert_true(contract_port->token_remove(kit.store, "early", &found, &kit.err));
	assert_true(found);
	assert_true(contract_port->token_remove(kit.store, "early", &found, &kit.err));
	assert_false(found);
	assert_true(
		contract_port->token_list(kit.store, TOKEN_ENROL, kit.arena, &tokens, &kit.err));
	assert_int_equal(tokens.count, 0);
	kit_close(&kit);
}

static int64_t push(struct kit *kit, const char *name, const char *text)
{
	int64_t revision = 0;
	struct store_document document = {.name = text_of(name),
					  .text = text_of(text),
					  .policy = TEXT("system"),
					  .by = TEXT("anna"),
					  .sha256 = "abc",
					  .pushed_us = 9};
	assert_true(contract_port->document_put(kit->store, &document, &revision, &kit->err));
	return revision;
}

test(document_counts_its_revisions)
{
	struct kit kit = kit_open();
	struct store_documents documents;
	bool found;
	assert_int_equal(push(&kit, "web", "one"), 1);
	assert_int_equal(push(&kit, "web", "one"), 1);
	assert_int_equal(push(&kit, "web", "two"), 2);
	assert_int_equal(push(&kit, "base", "one"), 1);
	assert_true(contract_port->document_list(kit.store, kit.arena, &documents, &kit.err));
	assert_int_equal(documents.count, 2);
	assert_true(text_is(documents.list[0].name, "base"));
	assert_true(text_is(documents.list[1].text, "two"));
	assert_true(text_is(documents.list[1].target, ""));
	assert_int_equal(documents.list[1].revision, 2);
	assert_true(contract_port->document_remove(kit.store, TEXT("web"), &found, &kit.err));
	assert_true(found);
	assert_true(contract_port->document_remove(kit.store, TEXT("web"), &found, &kit.err));
	assert_false(found);
	assert_true(contract_port->document_list(kit.store, kit.arena, &documents, &kit.err));
	assert_int_equal(documents.count, 1);
	assert_int_equal(push(&kit, "web", "two"), 3); /* agents must see that it is another one */
	kit_close(&kit);
}

test(requirement_is_kept_by_its_query)
{
	struct kit kit = kit_open();
	struct store_requirements list;
	bool found;
	struct store_requirement web = {TEXT("os:debian"), TEXT("anna"), LEVEL_HIGH, 5};
	struct store_requirement all = {TEXT("*"), TEXT("anna"), LEVEL_LOW, 6};
	assert_true(contract_port->requirement_put(kit.store, &web, &kit.err));
	assert_true(contract_port->requirement_put(kit.store, &all, &kit.err));
	web.level = LEVEL_MAXIMUM;
	assert_true(contract_port->requirement_put(kit.store, &web, &kit.err));
	assert_true(contract_port->requirement_list(kit.store, kit.arena, &list, &kit.err));
	assert_int_equal(list.count, 2);
	assert_true(text_is(list.list[0].query, "*"));
	assert_int_equal(list.list[1].level, LEVEL_MAXIMUM);
	assert_true(contract_port->requirement_remove(kit.store, TEXT("*"), &found, &kit.err));
	assert_true(found);
	assert_true(contract_port->requirement_remove(kit.store, TEXT("*"), &found, &kit.err));
	assert_false(found);
	assert_true(contract_port->requirement_list(kit.store, kit.arena, &list, &kit.err));
	assert_int_equal(list.count, 1);
	assert_true(text_is(list.list[0].query, "os:debian"));
	kit_close(&kit);
}

static struct store_waiver waiver(char id, int64_t created_us)
{
	struct store_waiver made = {.policy = TEXT("system"),
				    .ref = TEXT("a1"),
				    .hosts = TEXT("os:debian"),
				    .why = TEXT("moves in May"),
				    .by = TEXT("anna"),
				    .created_us = created_us,
				    .until_us = created_us + 100};
	memcpy(made.id, kit_id(id), sizeof(made.id));
	return made;
}

test(waivers_are_kept_and_end_once)
{
	struct kit kit = kit_open();
	struct store_waivers list;
	bool found = false;
	struct store_waiver b = waiver('b', 5), a = waiver('a', 5), c = waiver('c', 4);
	assert_true(contract_port->waiver_add(kit.store, &b, &kit.err));
	assert_true(contract_port->waiver_add(kit.store, &a, &kit.err));
	assert_true(contract_port->waiver_add(kit.store, &c, &kit.err));
	assert_false(contract_port->waiver_add(kit.store, &c, &kit.err));
	assert_int_equal(kit.err.kind, ERR_REFUSED);
	assert_true(contract_port->waiver_list(kit.store, kit.arena, &list, &kit.err));
	assert_int_equal(list.count, 3);
	assert_string_equal(list.list[0].id, kit_id('c'));
	assert_string_equal(list.list[1].id, kit_id('a'));
	assert_string_equal(list.list[2].id, kit_id('b'));
	assert_true(text_is(list.list[0].policy, "system") && text_is(list.list[0].ref, "a1") &&
		    text_is(list.list[0].hosts, "os:debian") &&
		    text_is(list.list[0].why, "moves in May") && text_is(list.list[0].by, "anna"));
	assert_int_equal(list.list[0].until_us, 104);
	assert_int_equal(list.list[0].ended_us, 0);
	assert_true(contract_port->waiver_end(kit.store, kit_id('c'), 50, TEXT("bert"), &found,
					      &kit.err));
	assert_true(found);
	assert_true(
		contract_port->waiver_end(kit.store, kit_id('c'), 60, TEXT(""), &found, &kit.err));
	assert_true(found);
	assert_true(
		contract_port->waiver_end(kit.store, kit_id('d'), 60, TEXT(""), &found, &kit.err));
	assert_false(found);
	assert_true(contract_port->waiver_list(kit.store, kit.arena, &list, &kit.err));
	assert_int_equal(list.list[0].ended_us, 50);
	assert_true(text_is(list.list[0].ended_by, "bert"));
	kit_close(&kit);
}

test(waivers_that_ended_long_ago_go)
{
	struct kit kit = kit_open();
	struct store_waivers list;
	bool found;
	struct store_waiver old = waiver('a', 5), open = waiver('b', 6);
	struct store_waiver late = waiver('c', 20 + STORE_WAIVER_KEPT_US);
	assert_true(contract_port->waiver_add(kit.store, &old, &kit.err));
	assert_true(contract_port->waiver_add(kit.store, &open, &kit.err));
	assert_true(
		contract_port->waiver_end(kit.store, kit_id('a'), 10, TEXT(""), &found, &kit.err));
	assert_true(contract_port->waiver_add(kit.store, &late, &kit.err));
	assert_true(contract_port->waiver_list(kit.store, kit.arena, &list, &kit.err));
	assert_int_equal(list.count, 2);
	assert_string_equal(list.list[0].id, kit_id('b'));
	kit_close(&kit);
}

static bool add_action(struct kit *kit, char id, int64_t created_us, const char *hosts)
{
	struct store_recipient recipients[8] = {0};
	struct store_action action = {.by = TEXT("anna"),
				      .target = TEXT("*"),
				      .policies = TEXT("[]"),
				      .created_us = created_us,
				      .expires_us = created_us + 100,
				      .recipients = recipients};
	memcpy(action.id, kit_id(id), sizeof(action.id));
	for (; hosts[action.recipient_count]; action.recipient_count++)
		memcpy(recipients[action.recipient_count].host,
		       kit_id(hosts[action.recipient_count]), STORE_ID_SIZE);
	return contract_port->action_add(kit->store, &action, &kit->err);
}

test(action_waits_for_its_recipients)
{
	struct kit kit = kit_open();
	struct store_actions pending;
	struct store_action action;
	bool found;
	kit_add_host(&kit, 'a', "a");
	kit_add_host(&kit, 'b', "b");
	assert_true(add_action(&kit, '1', 1000, "ba"));
	assert_true(add_action(&kit, '2', 1050, "a"));
	assert_true(contract_port->actions_pending(kit.store, kit_id('a'), 1060, kit.arena,
						   &pending, &kit.err));
	assert_int_equal(pending.count, 2);
	assert_string_equal(pending.list[0].id, kit_id('1'));
	assert_true(text_is(pending.list[0].policies, "[]"));
	assert_true(contract_port->actions_pending(kit.store, kit_id('a'), 1100, kit.arena,
						   &pending, &kit.err));
	assert_int_equal(pending.count, 1); /* the first has expired */
	assert_true(contract_port->action_answer(kit.store, kit_id('1'), kit_id('a'),
						 RECIPIENT_ANSWERED, 1070, &kit.err));
	assert_true(contract_port->action_answer(kit.store, kit_id('1'), kit_id('a'),
						 RECIPIENT_OVERDUE, 1080, &kit.err));
	assert_true(contract_port->action_get(kit.store, kit_id('1'), kit.arena, &action, &found,
					      &kit.err));
	assert_true(found);
	assert_int_equal(action.recipient_count, 2);
	assert_string_equal(action.recipients[0].host, kit_id('a'));
	assert_int_equal(action.recipients[0].status, RECIPIENT_ANSWERED);
	assert_int_equal(action.recipients[0].answered_us, 1070);
	assert_int_equal(action.recipients[1].status, RECIPIENT_PENDING);
	assert_true(contract_port->action_get(kit.store, kit_id('9'), kit.arena, &action, &found,
					      &kit.err));
	assert_false(found);
	kit_close(&kit);
}

test(action_for_an_unknown_host_is_refused_whole)
{
	struct kit kit = kit_open();
	struct store_action action;
	bool found;
	kit_add_host(&kit, 'a', "a");
	assert_false(add_action(&kit, '1', 1000, "af"));
	assert_int_equal(kit.err.kind, ERR_REFUSED);
	assert_true(contract_port->action_get(kit.store, kit_id('1'), kit.arena, &action, &found,
					      &kit.err));
	assert_false(found);
	kit_close(&kit);
}

test(actions_are_listed_and_become_overdue)
{
	struct kit kit = kit_open();
	struct store_actions list;
	kit_add_host(&kit, 'a', "a");
	kit_add_host(&kit, 'b', "b");
	assert_true(add_action(&kit, '1', 1000, "ab"));
	assert_true(add_action(&kit, '2', 2000, "ab"));
	assert_true(add_action(&kit, '3', 3000, "a"));
	assert_true(contract_port->action_list(kit.store, 2, kit.arena, &list, &kit.err));
	assert_int_equal(list.count, 2);
	assert_string_equal(list.list[0].id, kit_id('3'));
	assert_true(contract_port->action_answer(kit.store, kit_id('1'), kit_id('a'),
						 RECIPIENT_ANSWERED, 1050, &kit.err));
	assert_true(contract_port->actions_overdue(kit.store, 2100, 2, kit.arena, &list, &kit.err));
	assert_int_equal(list.count, 2);
	assert_int_equal(list.list[0].recipient_count, 1);
	assert_string_equal(list.list[0].recipients[0].host, kit_id('b'));
	assert_int_equal(list.list[1].recipient_count, 1); /* the limit is on recipients */
	assert_true(contract_port->action_answer(kit.store, kit_id('1'), kit_id('b'),
						 RECIPIENT_OVERDUE, 2100, &kit.err));
	assert_true(
		contract_port->actions_overdue(kit.store, 2100, 10, kit.arena, &list, &kit.err));
	assert_int_equal(list.count, 1);
	assert_int_equal(list.list[0].recipient_count, 2);
	kit_close(&kit);
}

test(answer_that_does_not_fit_is_a_limit)
{
	struct kit kit = kit_open();
	struct store_documents documents;
	struct err err = {0};
	char *large = mem_new(1, (1 << 20) + 1);
	memset(large, 'x', 1 << 20);
	push(&kit, "web", large);
	scoped(arena_free) struct arena *small = arena_new(256 << 10);
	assert_false(contract_port->document_list(kit.store, small, &documents, &err));
	assert_int_equal(err.kind, ERR_LIMIT);
	mem_free(&large);
	kit_close(&kit);
}
