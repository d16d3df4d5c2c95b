#include "cli/hostfacts.h"

#include "net/self.h"
#include "os/machine.h"

/* The qualified name that a line of /etc/hosts gives to the short one; at NULL: none does. */
static struct text qualify(struct text hosts, struct text name)
{
	struct text line;
	while (text_next(&hosts, '\n', &line)) {
		struct text words, word, found = {0};
		bool named = false;
		if (!text_next(&line, '#', &words) || !text_word(&words, &word)) /* the address */
			continue;
		while (text_word(&words, &word)) {
			named |= text_is_alike(word, name);
			if (!found.at && word.len > name.len + 1 && word.at[name.len] == '.' &&
			    text_is_alike((struct text){word.at, name.len}, name))
				found = word;
		}
		if (named && found.at)
			return found;
	}
	return (struct text){0};
}

static struct text read(struct gather *gather, const char *path)
{
	struct text content, why;
	if (gather_read(gather, text_of(path), &content, &why) != GATHER_OK)
		return TEXT("");
	return content;
}

void hostfacts_read(struct gather *gather, bool is_tree, struct host_facts *facts)
{
	struct arena *arena = gather_arena(gather);
	struct machine machine;
	struct text release = read(gather, "/etc/os-release");
	machine_read(&machine);
	*facts = (struct host_facts){0};
	if (release.len == 0)
		release = read(gather, "/usr/lib/os-release");
	host_facts_from_os_release(release, arena, facts);
	struct text name = text_of(arena_cstr(arena, machine.name)), first;
	struct text own = is_tree ? read(gather, "/etc/hostname") : TEXT("");
	if (text_next(&own, '\n', &first) && text_trim(first).len > 0)
		name = arena_text(arena, text_trim(first));
	struct text whole = qualify(read(gather, "/etc/hosts"), name);
	facts->name = whole.at ? arena_text(arena, whole) : name;
	facts->agent_version = TEXT(MUSTER_VERSION);
	facts->arch = text_of(arena_cstr(arena, machine.arch));
	if (!is_tree)
		facts->kernel = text_of(arena_cstr(arena, machine.kernel));
}

void hostfacts_read_addresses(struct gather *gather, struct host_facts *facts)
{
	struct text *addresses;
	self_addresses(gather_arena(gather), &addresses, &facts->address_count);
	facts->addresses = addresses;
}
