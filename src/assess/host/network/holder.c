#include "assess/host/network/holder.h"

struct holders {
	enum gather_answer answer;
	struct text why, hidden;
	size_t count, slots; /* slots: a power of two, more than half of them free */
	struct slot {
		uint64_t inode; /* 0: free */
		const struct process *process;
	} * at;
	const struct process *process; /* whose sockets are being looked at */
	struct arena *arena;
	bool many; /* more than HOLDER_SOCKETS_MAX */
};

#define SLOTS_FIRST 256

static struct slot *find(const struct holders *holders, uint64_t inode)
{
	size_t mask = holders->slots - 1;
	size_t at = (size_t)(inode * UINT64_C(0x9e3779b97f4a7c15) >> 32) & mask;
	while (holders->at[at].inode != 0 && holders->at[at].inode != inode)
		at = (at + 1) & mask;
	return &holders->at[at];
}

static void grow(struct holders *holders)
{
	struct holders before = *holders;
	holders->slots = before.slots > 0 ? 2 * before.slots : SLOTS_FIRST;
	holders->at = arena_get(holders->arena, holders->slots, sizeof(*holders->at));
	for (size_t i = 0; i < before.slots; i++)
		if (before.at[i].inode != 0)
			*find(holders, before.at[i].inode) = before.at[i];
}

static void note_socket(void *data, uint64_t inode)
{
	struct holders *holders = data;
	if (inode == 0)
		return;
	if (2 * (holders->count + 1) > holders->slots)
		grow(holders);
	struct slot *slot = find(holders, inode);
	holders->many |= holders->count == HOLDER_SOCKETS_MAX;
	if (slot->inode != 0 || holders->many)
		return;
	*slot = (struct slot){inode, holders->process};
	holders->count++;
}

static void read_all(struct gather *gather, struct holders *holders)
{
	const struct processes *processes;
	struct text why;
	holders->answer = process_read(gather, &processes, &holders->why);
	if (holders->answer != GATHER_OK)
		return;
	for (size_t i = 0; i < processes->count; i++) {
		holders->process = &processes->at[i];
		if (!processes->at[i].kernel &&
		    process_sockets(gather, holders->process, note_socket, holders, &why) ==
			    GATHER_FAILED)
			holders->hidden = why;
	}
	if (holders->many)
		holders->hidden = TEXT("processes hold more than 500000 sockets");
}

enum gather_answer holder_read(struct gather *gather, const struct holders **holders,
			       struct text *why)
{
	static const char key[] = "holders";
	struct holders *all = gather_fact(gather, key);
	gather_depends_add(gather, TEXT("processes"));
	if (!all) {
		all = arena_get(gather_arena(gather), 1, sizeof(*all));
		all->arena = gather_arena(gather);
		grow(all);
		read_all(gather, all);
		gather_keep_fact(gather, key, all);
	}
	*holders = all;
	*why = all->why;
	return all->answer == GATHER_OK ? GATHER_OK : GATHER_FAILED;
}

const struct process *holder_find(const struct holders *holders, uint64_t inode)
{
	return inode == 0 ? NULL : find(holders, inode)->process;
}

struct text holder_hidden(const struct holders *holders)
{
	return holders->hidden;
}
