/* What every store promises of items: current ones, history, the feed. */
#include <string.h>

#include "store_kit.h"

test(item_becomes_current_and_comes_back_as_it_went)
{
	struct kit kit = kit_open();
	kit_add_host(&kit, 'a', "web1");
	struct store_item item = kit_item('a', 1, STATUS_FAIL, 1000);
	item.action = TEXT("act");
	kit_put(&kit, &item);
	assert_true(item.fresh && item.current);
	assert_int_equal(item.seq, 1);
	assert_int_equal(item.before, STATUS_PENDING);
	struct store_items items = kit_current(&kit);
	assert_int_equal(items.count, 1);
	assert_string_equal(items.next, "");
	const struct store_item *got = &items.list[0];
	assert_string_equal(got->id, item.id);
	assert_string_equal(got->agent, item.agent);
	assert_true(text_is(got->target, "web1") && text_is(got->policy, "system") &&
		    text_is(got->ref, "ref1") && text_is(got->name, "a check") &&
		    text_is(got->action, "act") && text_is_equal(got->json, item.json));
	assert_int_equal(got->level, LEVEL_MEDIUM);
	assert_int_equal(got->status, STATUS_FAIL);
	assert_int_equal(got->at_us, 1000);
	assert_int_equal(got->seq, 1);
	assert_true(got->current);
	kit_close(&kit);
}

/* Who made a change, what was found: all that a store doesn't ask for is in the JSON. */
test(json_comes_back_as_it_went_from_every_list)
{
	static const char json[] =
		"{\"reason\":\"\\u0000 is a byte, '\",\"evidence\":[{\"text\":\"\xc3\xbc %s\"}],"
		"\"by\":{\"process\":\"vi\",\"pid\":812,\"command\":\"vi \\\"a\\\" \xef\xbf\xbd…\","
		"\"uid\":0,\"login_uid\":4294967295}}";
	struct kit kit = kit_open();
	kit_add_host(&kit, 'a', "web1");
	struct store_item item = kit_item('a', 1, STATUS_FAIL, 1000);
	item.json = text_of(json);
	item.action = TEXT("act");
	kit_put(&kit, &item);
	struct store_range all = {0, 10};
	struct store_items lists[5] = {kit_current(&kit)};
	assert_true(contract_port->items_history(kit.store, item.id, &all, kit.arena, &lists[1],
						 &kit.err));
	assert_true(contract_port->items_since(kit.store, &all, kit.arena, &lists[2], &kit.err));
	assert_true(contract_port->items_of_action(kit.store, "act", &all, kit.arena, &lists[3],
						   &kit.err));
	assert_true(
		contract_port->items_overdue(kit.store, 5000, 10, kit.arena, &lists[4], &kit.err));
	for (size_t i = 0; i < array_len(lists); i++) {
		assert_int_equal(lists[i].count, 1);
		assert_true(text_is(lists[i].list[0].json, json));
	}
	kit_close(&kit);
}

test(delivering_twice_changes_nothing)
{
	struct kit kit = kit_open();
	kit_add_host(&kit, 'a', "web1");
	struct store_item first = kit_item('a', 1, STATUS_FAIL, 1000);
	struct store_item second = kit_item('a', 1, STATUS_PASS, 2000);
	kit_put(&kit, &first);
	kit_put(&kit, &second);
	assert_int_equal(second.before, STATUS_FAIL);
	struct store_item again = kit_item('a', 1, STATUS_FAIL, 1000);
	kit_put(&kit, &again);
	assert_false(again.fresh || again.current);
	assert_int_equal(again.seq, first.seq);
	again = kit_item('a', 1, STATUS_PASS, 2000);
	kit_put(&kit, &again);
	assert_false(again.fresh);
	assert_true(again.current);
	assert_int_equal(kit_current(&kit).list[0].status, STATUS_PASS);
	kit_close(&kit);
}

test(last_that_came_is_current_even_when_clocks_were_set_back)
{
	struct kit kit = kit_open();
	kit_add_host(&kit, 'a', "web1");
	struct store_item first = kit_item('a', 1, STATUS_FAIL, 9000);
	struct store_item second = kit_item('a', 1, STATUS_PASS, 1000);
	kit_put(&kit, &first);
	kit_put(&kit, &second);
	assert_true(second.current);
	assert_int_equal(kit_current(&kit).count, 1);
	assert_int_equal(kit_current(&kit).list[0].status, STATUS_PASS);
	kit_close(&kit);
}

test(item_that_may_not_become_current_is_in_feed_and_history_only)
{
	struct kit kit = kit_open();
	struct store_items items;
	struct store_range all = {0, 10};
	kit_add_host(&kit, 'a', "web1");
	struct store_item current = kit_item('a', 1, STATUS_PASS, 1000);
	struct store_item passing = kit_item('a', 1, STATUS_FAIL, 2000);
	passing.current = false;
	kit_put(&kit, &current);
	kit_put(&kit, &passing);
	assert_true(passing.fresh);
	assert_false(passing.current);
	assert_int_equal(kit_current(&kit).list[0].status, STATUS_PASS);
	assert_true(contract_port->items_history(kit.store, current.id, &all, kit.arena, &items,
						 &kit.err));
	assert_int_equal(items.count, 2);
	assert_true(contract_port->items_since(kit.store, &all, kit.arena, &items, &kit.err));
	assert_int_equal(items.count, 2);
	assert_true(items.list[0].current);
	assert_false(items.list[1].current);
	kit_close(&kit);
}

test(unknown_host_takes_the_whole_batch_back)
{
	struct kit kit = kit_open();
	struct store_items items;
	kit_add_host(&kit, 'a', "web1");
	struct store_item batch[] = {kit_item('a', 1, STATUS_PASS, 1000),
				     kit_item('f', 1, STATUS_PASS, 1000)};
	assert_false(contract_port->items_put(kit.store, batch, 2, &kit.err));
	assert_int_equal(kit.err.kind, ERR_REFUSED);
	assert_true(contract_port->items_since(kit.store, &(struct store_range){0, 10}, kit.arena,
					       &items, &kit.err));
	assert_int_equal(items.count, 0);
	kit_close(&kit);
}

static bool is_odd(void *data unused, const struct store_item *item)
{
	return text_ends(item->ref, "1") || text_ends(item->ref, "3");
}

test(id_of_another_host_is_not_taken)
{
	struct kit kit = kit_open();
	kit_add_host(&kit, 'a', "web1");
	kit_add_host(&kit, 'b', "web2");
	struct store_item mine = kit_item('a', 1, STATUS_FAIL, 1000);
	kit_put(&kit, &mine);
	struct store_item batch[] = {kit_item('b', 1, STATUS_PASS, 2000),
				     kit_item('b', 2, STATUS_PASS, 2000)};
	memcpy(batch[0].id, mine.id, sizeof(mine.id));
	assert_true(contract_port->items_put(kit.store, batch, 2, &kit.err));
	assert_true(batch[0].foreign);
	assert_false(batch[0].fresh || batch[0].current);
	assert_true(batch[1].fresh && batch[1].current && !batch[1].foreign);
	struct store_items items = kit_current(&kit);
	assert_int_equal(items.count, 2);
	assert_int_equal(items.list[0].status, STATUS_FAIL);
	kit_close(&kit);
}

test(current_items_are_filtered)
{
	struct kit kit = kit_open();
	struct store_items items;
	kit_add_host(&kit, 'a', "web1");
	kit_add_host(&kit, 'b', "web2");
	for (unsigned i = 1; i <= 4; i++) {
		struct store_item item = kit_item('a', i, i == 3 ? STATUS_FAIL : STATUS_PASS, 1000);
		item.policy = i == 4 ? TEXT("Network") : TEXT("system");
		kit_put(&kit, &item);
	}
	struct store_item other = kit_item('b', 1, STATUS_FAIL, 1000);
	kit_put(&kit, &other);
	const struct {
		struct store_item_filter filter;
		size_t count;
	} cases[] = {
		{{.status = -1}, 5},
		{{.status = -1, .agent = kit_id('a')}, 4},
		{{.status = -1, .agent = kit_id('c')}, 0},
		{{.status = STATUS_FAIL}, 2},
		{{.status = -1, .policy = TEXT("NETWORK")}, 1},
		{{.status = -1, .policy = TEXT("system"), .ref = TEXT("REF1")}, 2},
		{{.status = -1, .id = other.id}, 1},
		{{.status = -1, .id = other.id, .agent = kit_id('a')}, 0},
		{{.status = -1, .id = other.id, .policy = TEXT("network")}, 0},
		{{.status = STATUS_PASS, .match = is_odd}, 1},
		{{.status = -1, .match = is_odd}, 3},
	};
	for (size_t i = 0; i < array_len(cases); i++) {
		struct store_item_filter filter = cases[i].filter;
		filter.limit = 10;
		assert_true(contract_port->items_current(kit.store, &filter, kit.arena, &items,
							 &kit.err));
		assert_int_equal(items.count, cases[i].count);
		assert_string_equal(items.next, "");
	}
	kit_close(&kit);
}

/* Reads page after page; returns how many items there are, each greater than the one before. */
static size_t read_pages(struct kit *kit, struct store_item_filter *filter)
{
	size_t count = 0;
	char after[ITEM_ID_SIZE] = "", last[ITEM_ID_SIZE] = "";
	do {
		struct store_items items;
		filter->after = after;
		assert_true(contract_port->items_current(kit->store, filter, kit->arena, &items,
							 &kit->err));
		assert_true(items.count <= filter->limit);
		for (size_t i = 0; i < items.count; i++) {
			assert_true(strcmp(items.list[i].id, last) > 0);
			memcpy(last, items.list[i].id, sizeof(last));
		}
		count += items.count;
		memcpy(after, items.next, sizeof(after));
	} while (after[0]);
	return count;
}

test(current_items_come_in_pages_that_miss_none)
{
	struct kit kit = kit_open();
	kit_add_host(&kit, 'a', "web1");
	kit_add_host(&kit, 'b', "web2");
	for (unsigned i = 0; i < 10; i++) { /* one digit: ids are in the order of refs */
		struct store_item first = kit_item('a', i, STATUS_PASS, 1000);
		struct store_item second = kit_item('b', i, STATUS_FAIL, 1000);
		first.ref = text_of(unit_text(i % 2 ? "REF%u" : "ref%u", i));
		kit_put(&kit, &first);
		kit_put(&kit, &second);
	}
	for (size_t limit = 1; limit < 22; limit++) {
		struct store_item_filter all = {.status = -1, .limit = limit};
		struct store_item_filter one = {.status = -1, .limit = limit, .agent = kit_id('a')};
		struct store_item_filter odd = {.status = -1, .limit = limit, .match = is_odd};
		assert_int_equal(read_pages(&kit, &all), 20);
		assert_int_equal(read_pages(&kit, &one), 10);
		assert_int_equal(read_pages(&kit, &odd), 4);
	}
	struct store_items items;
	struct store_item_filter lost = {.status = -1, .limit = 1, .after = "nowhere"};
	assert_false(contract_port->items_current(kit.store, &lost, kit.arena, &items, &kit.err));
	assert_int_equal(kit.err.kind, ERR_INPUT);
	kit_close(&kit);
}

test(feed_gives_every_item_once_in_order)
{
	struct kit kit = kit_open();
	struct store_items items;
	int64_t since = 0;
	unsigned count = 0;
	kit_add_host(&kit, 'a', "web1");
	for (unsigned i = 0; i < 25; i++) {
		struct store_item item = kit_item('a', i % 5, STATUS_PASS, 1000 + i);
		kit_put(&kit, &item);
		kit_put(&kit, &item); /* again */
	}
	do {
		struct store_range range = {since, 10};
		assert_true(
			contract_port->items_since(kit.store, &range, kit.arena, &items, &kit.err));
		assert_false(items.lost);
		for (size_t i = 0; i < items.count; i++) {
			assert_true(items.list[i].seq > since);
			assert_int_equal(items.list[i].at_us, 1000 + count++);
			since = items.list[i].seq;
		}
	} while (items.count > 0);
	assert_int_equal(count, 25);
	kit_close(&kit);
}

test(history_is_newest_first_and_limited)
{
	struct kit kit = kit_open();
	struct store_items items;
	kit_add_host(&kit, 'a', "web1");
	struct store_item other = kit_item('a', 2, STATUS_PASS, 1);
	kit_put(&kit, &other);
	struct store_item item[20];
	for (int64_t i = 0; i < STORE_HISTORY_PER_ITEM + 100; i += 20) {
		for (int64_t j = 0; j < 20; j++)
			item[j] = kit_item('a', 1, STATUS_FAIL, i + j);
		assert_true(contract_port->items_put(kit.store, item, 20, &kit.err));
	}
	struct store_range range = {0, STORE_LIST_MAX};
	assert_true(contract_port->items_history(kit.store, item[0].id, &range, kit.arena, &items,
						 &kit.err));
	assert_int_equal(items.count, STORE_HISTORY_PER_ITEM);
	assert_int_equal(items.list[0].at_us, STORE_HISTORY_PER_ITEM + 99);
	assert_int_equal(items.list[items.count - 1].at_us, 100);
	range = (struct store_range){items.list[1].seq, 2};
	assert_true(contract_port->items_history(kit.store, item[0].id, &range, kit.arena, &items,
						 &kit.err));
	assert_int_equal(items.count, 2);
	assert_int_equal(items.list[0].at_us, STORE_HISTORY_PER_ITEM + 97);
	range = (struct store_range){0, 10};
	assert_true(contract_port->items_since(kit.store, &range, kit.arena, &items, &kit.err));
	assert_true(items.lost); /* whoever stopped reading there must know */
	assert_int_equal(items.count, 10);
	kit_close(&kit);
}

static struct store_items changes(struct kit *kit, size_t limit)
{
	struct store_items items;
	assert_true(contract_port->items_changes(kit->store, limit, kit->arena, &items, &kit->err));
	return items;
}

test(changes_are_items_that_became_current_in_place_of_another_status)
{
	static const struct {
		unsigned number;
		enum status status;
		int64_t at_us;
		bool current;
	} puts[] = {
		{1, STATUS_PASS, 1000, true},   {1, STATUS_FAIL, 2000, true},
		{1, STATUS_FAIL, 3000, true},   {2, STATUS_FAIL, 1000, true},
		{1, STATUS_PASS, 4000, true},   {3, STATUS_PASS, 1000, false},
		{3, STATUS_FAIL, 2000, false},  {4, STATUS_ERROR, 1000, true},
		{4, STATUS_WAIVED, 2000, true},
	};
	struct kit kit = kit_open();
	kit_add_host(&kit, 'a', "web1");
	assert_int_equal(changes(&kit, 20).count, 0);
	for (size_t i = 0; i < array_len(puts); i++) {
		struct store_item item = kit_item('a', puts[i].number, puts[i].status,
						  puts[i].at_us);
		item.current = puts[i].current;
		kit_put(&kit, &item);
	}
	struct store_items items = changes(&kit, 20);
	assert_int_equal(items.count, 3);
	assert_true(text_is(items.list[0].ref, "ref4"));
	assert_int_equal(items.list[0].before, STATUS_ERROR);
	assert_int_equal(items.list[0].status, STATUS_WAIVED);
	assert_true(text_is(items.list[1].ref, "ref1"));
	assert_int_equal(items.list[1].at_us, 4000);
	assert_int_equal(items.list[1].before, STATUS_FAIL);
	assert_int_equal(items.list[2].at_us, 2000);
	assert_int_equal(items.list[2].before, STATUS_PASS);
	assert_true(text_is(items.list[2].json, "{\"n\":1,\"at\":2000}"));
	assert_int_equal(changes(&kit, 2).count, 2);
	struct store_item again = kit_item('a', 1, STATUS_FAIL, 2000);
	kit_put(&kit, &again); /* delivered twice */
	assert_int_equal(changes(&kit, 20).count, 3);
	assert_true(contract_port->items_drop(kit.store, items.list[0].id, &kit.err));
	again = kit_item('a', 4, STATUS_PASS, 3000);
	kit_put(&kit, &again); /* nothing was current before it */
	assert_int_equal(changes(&kit, 20).count, 3);
	kit_close(&kit);
}

test(items_of_an_action_are_found)
{
	struct kit kit = kit_open();
	struct store_items items;
	kit_add_host(&kit, 'a', "web1");
	for (unsigned i = 0; i < 6; i++) {
		struct store_item item = kit_item('a', i, STATUS_PASS, 1000);
		item.action = i % 2 ? TEXT("one") : TEXT("");
		item.current = false;
		kit_put(&kit, &item);
	}
	struct store_range range = {0, 2};
	assert_true(contract_port->items_of_action(kit.store, "one", &range, kit.arena, &items,
						   &kit.err));
	assert_int_equal(items.count, 2);
	range.from = items.list[1].seq;
	assert_true(contract_port->items_of_action(kit.store, "one", &range, kit.arena, &items,
						   &kit.err));
	assert_int_equal(items.count, 1);
	assert_true(text_is(items.list[0].ref, "ref5"));
	kit_close(&kit);
}

test(dropped_items_are_history)
{
	struct kit kit = kit_open();
	struct store_items items;
	kit_add_host(&kit, 'a', "web1");
	kit_add_host(&kit, 'b', "web2");
	struct store_item item = kit_item('a', 1, STATUS_PASS, 1000);
	struct store_item other = kit_item('b', 1, STATUS_PASS, 1000);
	kit_put(&kit, &item);
	kit_put(&kit, &other);
	assert_true(contract_port->items_drop(kit.store, item.id, &kit.err));
	assert_int_equal(kit_current(&kit).count, 1);
	assert_true(contract_port->host_revoke(kit.store, kit_id('b'), 2000, &kit.err));
	assert_int_equal(kit_current(&kit).count, 0);
	other.at_us = 3000;
	other.current = true;
	kit_put(&kit, &other);
	assert_true(other.fresh);
	assert_false(other.current); /* it is revoked */
	item.at_us = 3000;
	item.current = true;
	kit_put(&kit, &item);
	assert_int_equal(item.before, STATUS_PENDING);
	assert_int_equal(kit_current(&kit).count, 1);
	assert_true(contract_port->items_history(kit.store, item.id, &(struct store_range){0, 10},
						 kit.arena, &items, &kit.err));
	assert_int_equal(items.count, 2);
	kit_close(&kit);
}

test(overdue_items_are_found_oldest_first)
{
	struct kit kit = kit_open();
	struct store_items items;
	kit_add_host(&kit, 'a', "web1");
	struct store_item list[] = {
		kit_item('a', 1, STATUS_PASS, 3000),   kit_item('a', 2, STATUS_FAIL, 1000),
		kit_item('a', 3, STATUS_UNKNOWN, 500), kit_item('a', 4, STATUS_PASS, 9000),
		kit_item('a', 5, STATUS_PASS, 400),    kit_item('a', 6, STATUS_PASS, 99000)};
	list[4].current = false;
	list[5].taken_us = 2000; /* its host's clock is ahead */
	assert_true(contract_port->items_put(kit.store, list, array_len(list), &kit.err));
	assert_true(contract_port->items_overdue(kit.store, 5000, 10, kit.arena, &items, &kit.err));
	assert_int_equal(items.count, 3);
	assert_true(text_is(items.list[0].ref, "ref2"));
	assert_true(text_is(items.list[1].ref, "ref6"));
	assert_true(text_is(items.list[2].ref, "ref1"));
	assert_true(contract_port->items_overdue(kit.store, 5000, 1, kit.arena, &items, &kit.err));
	assert_int_equal(items.count, 1);
	kit_close(&kit);
}

test(what_is_forgotten_is_missed_by_late_readers_alone)
{
	struct kit kit = kit_open();
	struct store_items items;
	size_t count = 0;
	kit_add_host(&kit, 'a', "web1");
	for (int64_t at = 1000; at <= 5000; at += 1000) {
		struct store_item item = kit_item('a', 1, STATUS_PASS, at);
		kit_put(&kit, &item);
	}
	struct store_item still = kit_item('a', 2, STATUS_PASS, 100); /* current: stays */
	kit_put(&kit, &still);
	assert_true(contract_port->items_forget(kit.store, 3500, 2, &count, &kit.err));
	assert_int_equal(count, 2);
	assert_true(contract_port->items_forget(kit.store, 3500, 10, &count, &kit.err));
	assert_int_equal(count, 1);
	assert_true(contract_port->items_forget(kit.store, 3500, 10, &count, &kit.err));
	assert_int_equal(count, 0);
	assert_true(contract_port->items_since(kit.store, &(struct store_range){0, 10}, kit.arena,
					       &items, &kit.err));
	assert_true(items.lost);
	assert_int_equal(items.count, 3);
	assert_int_equal(items.list[0].seq, 4);
	assert_true(contract_port->items_since(kit.store, &(struct store_range){3, 10}, kit.arena,
					       &items, &kit.err));
	assert_false(items.lost);
	struct store_item next = kit_item('a', 3, STATUS_PASS, 6000);
	kit_put(&kit, &next);
	assert_int_equal(next.seq, 7); /* never used twice */
	kit_close(&kit);
}

struct tallied {
	size_t calls, total, failing;
	bool stop;
};

static bool tally(void *data, const struct store_tally *tally)
{
	struct tallied *tallied = data;
	tallied->calls++;
	tallied->total += tally->count;
	if (tally->status == STATUS_FAIL && text_is(tally->policy, "system") &&
	    tally->level == LEVEL_MEDIUM && strcmp(tally->agent, kit_id('a')) == 0)
		tallied->failing += tally->count;
	return !tallied->stop;
}

test(current_items_are_counted_by_kind)
{
	struct kit kit = kit_open();
	struct tallied tallied = {0};
	kit_add_host(&kit, 'a', "web1");
	kit_add_host(&kit, 'b', "web2");
	for (unsigned i = 0; i < 6; i++) {
		struct store_item item = kit_item(i < 4 ? 'a' : 'b', i,
						  i % 2 ? STATUS_FAIL : STATUS_PASS, 1000);
		item.level = i == 0 ? LEVEL_LOW : LEVEL_MEDIUM;
		kit_put(&kit, &item);
	}
	assert_true(contract_port->items_tally(kit.store, tally, &tallied, &kit.err));
	assert_int_equal(tallied.calls, 5);
	assert_int_equal(tallied.total, 6);
	assert_int_equal(tallied.failing, 2);
	tallied = (struct tallied){.stop = true};
	assert_true(contract_port->items_tally(kit.store, tally, &tallied, &kit.err));
	assert_int_equal(tallied.calls, 1);
	kit_close(&kit);
}
