#include "assess/drift/culprits.h"

#include <string.h>

#include "assess/verdict/mask.h"

#define ELLIPSIS "\xe2\x80\xa6"
#define COMMAND_SIZE (ACTOR_COMMAND_MAX + sizeof(ELLIPSIS))
#define MASK_ARENA_MAX (64u * 1024)
#define NUMBER_SIZE 20 /* a check's, and a blank */

struct culprit {
	struct actor actor;
	char name[ACTOR_PROCESS_MAX], command[COMMAND_SIZE];
};

struct culprits {
	size_t count;
	struct culprit list[CULPRITS_MAX];
	uint8_t *by_check; /* place in the list, from 1; 0: not known */
	size_t room, checks;
	uint64_t last; /* print of who was noted last, for one change often concerns many checks */
	uint8_t last_place;
};

struct culprits *culprits_new(void)
{
	return mem_new(1, sizeof(struct culprits));
}

void culprits_free(struct culprits **culprits)
{
	if (*culprits)
		mem_free(&(*culprits)->by_check);
	mem_free(culprits);
}

void culprits_clear(struct culprits *culprits)
{
	culprits->count = 0;
	if (culprits->checks > 0)
		memset(culprits->by_check, 0, culprits->checks);
	culprits->checks = 0;
	culprits->last = 0;
}

/* As long as it may be at most, and not within a character of UTF-8. */
static size_t cut(struct text text, size_t limit)
{
	size_t len = text.len < limit ? text.len : limit;
	while (len < text.len && len > 0 && ((unsigned char)text.at[len] & 0xc0) == 0x80)
		len--;
	return len;
}

static void keep(struct culprit *culprit, const struct actor *actor)
{
	size_t name_len = cut(actor->name, sizeof(culprit->name));
	size_t len = cut(actor->command, ACTOR_COMMAND_MAX);
	bool whole = len == actor->command.len;
	culprit->actor = *actor;
	memcpy(culprit->name, actor->name.at ? actor->name.at : "", name_len);
	memcpy(culprit->command, actor->command.at ? actor->command.at : "", len);
	if (!whole) {
		memcpy(culprit->command + len, ELLIPSIS, sizeof(ELLIPSIS));
		len += sizeof(ELLIPSIS) - 1;
	}
	culprit->actor.name = (struct text){culprit->name, name_len};
	culprit->actor.command = (struct text){culprit->command, len};
}

static bool is_same(const struct actor *a, const struct actor *b)
{
	return a->pid == b->pid && a->user == b->user && a->login == b->login &&
	       text_is_equal(a->name, b->name) && text_is_equal(a->command, b->command);
}

/* The newest are compared first; 0: there are too many. */
static uint8_t place_of(struct culprits *culprits, const struct actor *actor)
{
	struct culprit fresh;
	keep(&fresh, actor);
	for (size_t i = culprits->count; i > 0; i--)
		if (is_same(&culprits->list[i - 1].actor, &fresh.actor))
			return (uint8_t)i;
	if (culprits->count == CULPRITS_MAX)
		return 0;
	keep(&culprits->list[culprits->count], actor);
	return (uint8_t)++culprits->count;
}

static void tie(struct culprits *culprits, uint64_t check, uint8_t place)
{
	if (check > CULPRITS_CHECKS_MAX)
		return;
	if (check >= culprits->checks)
		culprits->checks = (size_t)check + 1;
	culprits->by_check = mem_grow(culprits->by_check, &culprits->room, culprits->checks, 1);
	culprits->by_check[check] = place;
}

static uint64_t print_of(const struct watch_actor *seen)
{
	uint64_t print = (uint64_t)seen->pid ^ (uint64_t)seen->user << 40;
	for (size_t i = 0; i < seen->command.len; i++)
		print = (print ^ (unsigned char)seen->command.at[i]) * UINT64_C(0x100000001b3);
	return print | 1;
}

void culprits_note(struct culprits *culprits, uint32_t check, const struct watch_actor *seen)
{
	if (!seen)
		return;
	uint64_t print = print_of(seen);
	if (print != culprits->last) {
		scoped(arena_free) struct arena *arena = arena_new(MASK_ARENA_MAX);
		const struct actor actor = {.pid = seen->pid,
					    .user = seen->user,
					    .login = seen->login,
					    .name = seen->name,
					    .command = mask_text(seen->command, arena)};
		culprits->last = print;
		culprits->last_place = place_of(culprits, &actor);
	}
	tie(culprits, check, culprits->last_place);
}

const struct actor *culprits_of(const struct culprits *culprits, uint32_t check)
{
	uint8_t place = check < culprits->checks ? culprits->by_check[check] : 0;
	return place > 0 ? &culprits->list[place - 1].actor : NULL;
}

struct json *culprits_to_json(const struct culprits *culprits)
{
	struct json *list = json_new_list();
	size_t left = CULPRITS_JSON_MAX;
	for (size_t i = 0; i < culprits->count; i++) {
		scoped(buf_end) struct buf numbers = {0};
		for (size_t j = 0; j < culprits->checks && numbers.len + NUMBER_SIZE <= left; j++)
			if (culprits->by_check[j] == i + 1)
				buf_print(&numbers, "%zu ", j);
		left -= numbers.len;
		if (numbers.len == 0)
			continue;
		struct json *one = actor_to_json(&culprits->list[i].actor);
		json_put_text(one, "checks", buf_view(&numbers));
		json_add(list, one);
	}
	if (json_count(list) == 0)
		json_free(&list);
	return list;
}

void culprits_take_json(struct culprits *culprits, const struct json *list)
{
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *one = json_at(list, i);
		scoped(arena_free) struct arena *arena = arena_new(MASK_ARENA_MAX);
		struct text rest = json_text(one, "checks"), word;
		struct err odd = {0};
		struct actor actor;
		uint64_t check;
		if (!actor_from_json(one, arena, &actor, &odd))
			continue;
		uint8_t place = place_of(culprits, &actor);
		while (text_word(&rest, &word))
			if (text_to_u64(word, 0, CULPRITS_CHECKS_MAX, &check))
				tie(culprits, check, place);
	}
}
