#include "assess/command/account/base.h"

size_t base_split(struct text line, struct text *fields, size_t limit)
{
	size_t count = 0;
	struct text rest = line, field;
	while (count < limit && text_next(&rest, ':', &field))
		fields[count++] = field;
	if (count < limit && line.len > 0 && line.at[line.len - 1] == ':')
		fields[count++] = TEXT("");
	for (size_t i = count; i < limit; i++)
		fields[i] = TEXT("");
	return count;
}

enum look base_find(struct said *said, const char *path, size_t field, struct text key,
		    struct text *line)
{
	struct text content, fields[BASE_FIELDS_MAX];
	const char *fault;
	bool secret = said->answer->secret;
	must(field < BASE_FIELDS_MAX);
	enum look look = look_read(said, text_of(path), &content, &fault);
	said->answer->secret = secret; /* whoever prints the line says so */
	while (look == LOOK_OK && text_next(&content, '\n', line)) {
		if (line->len == 0 || line->at[0] == '#' || line->at[0] == '+' ||
		    line->at[0] == '-')
			continue;
		if (base_split(*line, fields, BASE_FIELDS_MAX) > field &&
		    text_is_equal(fields[field], key))
			return LOOK_OK;
	}
	return look == LOOK_FAILED ? LOOK_FAILED : LOOK_NO;
}

static bool is_member(struct text members, struct text name)
{
	struct text member;
	while (text_next(&members, ',', &member))
		if (text_is_equal(member, name))
			return true;
	return false;
}

enum look base_user(struct said *said, struct text name, struct base_user *user)
{
	struct text line, content, fields[BASE_FIELDS_MAX];
	uint64_t uid, gid;
	const char *fault;
	struct arena *arena = gather_arena(said->gather);
	enum look look = base_find(said, "/etc/passwd", 0, name, &line);
	if (look != LOOK_OK)
		return look;
	base_split(line, fields, BASE_FIELDS_MAX);
	if (!text_to_u64(fields[2], 0, UINT32_MAX, &uid) ||
	    !text_to_u64(fields[3], 0, UINT32_MAX, &gid))
		return LOOK_NO;
	uint32_t *groups = NULL;
	size_t room = 0, count = 0;
	groups = arena_grow(arena, groups, &room, 1, sizeof(*groups));
	groups[count++] = (uint32_t)gid;
	if (look_read(said, TEXT("/etc/group"), &content, &fault) == LOOK_FAILED)
		return LOOK_FAILED;
	while (text_next(&content, '\n', &line) && count < BASE_GROUPS_MAX) {
		if (base_split(line, fields, BASE_FIELDS_MAX) < 4 || !is_member(fields[3], name) ||
		    !text_to_u64(fields[2], 0, UINT32_MAX, &gid) || gid == groups[0])
			continue;
		groups = arena_grow(arena, groups, &room, count + 1, sizeof(*groups));
		groups[count++] = (uint32_t)gid;
	}
	*user = (struct base_user){name, (uint32_t)uid, groups, count};
	return LOOK_OK;
}
