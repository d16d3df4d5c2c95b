#include "store_kit.h"

#include <string.h>

struct kit kit_open(void)
{
	struct kit kit = {.arena = arena_new(64 << 20)};
	struct store_config config = {.folder = unit_tmpdir()};
	kit.store = contract_port->open(&config, &kit.err);
	assert_non_null(kit.store);
	return kit;
}

void kit_close(struct kit *kit)
{
	contract_port->close(&kit->store);
	assert_null(kit->store);
	arena_free(&kit->arena);
}

const char *kit_id(char digit)
{
	char id[STORE_ID_SIZE] = {0};
	memset(id, digit, STORE_ID_SIZE - 1);
	return unit_text("%s", id);
}

void kit_add_token(struct kit *kit, const char *hash, int64_t uses)
{
	struct store_token token = {.kind = TOKEN_ENROL,
				    .name = TEXT("enrol"),
				    .role = TEXT(""),
				    .created_us = 1,
				    .expires_us = 1000 * TIME_SECOND_US,
				    .uses_left = uses};
	memcpy(token.id, hash, strlen(hash));
	memcpy(token.hash, hash, strlen(hash));
	assert_true(contract_port->token_add(kit->store, &token, &kit->err));
}

struct store_host kit_host(char digit, const char *name)
{
	struct store_host host = {.name = text_of(name),
				  .facts = TEXT("{\"os\":[\"linux\"]}"),
				  .tags = TEXT("{}"),
				  .trust = TEXT("server"),
				  .fingerprint = text_of(kit_id(digit)),
				  .enrolled_us = 5,
				  .last_seen_us = 6};
	memcpy(host.id, kit_id(digit), sizeof(host.id));
	return host;
}

void kit_add_host(struct kit *kit, char digit, const char *name)
{
	const char *hash = unit_text("token-%c", digit);
	struct store_host host = kit_host(digit, name);
	kit_add_token(kit, hash, 1);
	assert_true(contract_port->host_add(kit->store, &host, hash, 10, &kit->err));
}

struct store_item kit_item(char host, unsigned number, enum status status, int64_t at_us)
{
	struct store_item item = {
		.target = TEXT("web1"),
		.policy = TEXT("system"),
		.ref = text_of(unit_text("ref%u", number)),
		.name = TEXT("a check"),
		.level = LEVEL_MEDIUM,
		.status = status,
		.at_us = at_us,
		.json = text_of(unit_text("{\"n\":%u,\"at\":%ld}", number, (long)at_us)),
		.current = true};
	memcpy(item.agent, kit_id(host), sizeof(item.agent));
	memcpy(item.id, unit_text("%c%031u", host, number), sizeof(item.id));
	return item;
}

void kit_put(struct kit *kit, struct store_item *item)
{
	assert_true(contract_port->items_put(kit->store, item, 1, &kit->err));
}

struct store_items kit_current(struct kit *kit)
{
	struct store_items items;
	struct store_item_filter all = {.status = -1, .limit = STORE_LIST_MAX};
	assert_true(contract_port->items_current(kit->store, &all, kit->arena, &items, &kit->err));
	return items;
}
