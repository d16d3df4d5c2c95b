#include "assess/host/firewall/kernel/nft.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include "assess/engine/ask.h"
#include "assess/host/firewall/kernel/expression.h"
#include "assess/host/firewall/nftfile.h"
#include "assess/host/network/interface.h"

#define PATH "nftables" /* of evidence */

static const char *family_name(unsigned family)
{
	static const struct {
		unsigned family;
		const char *name;
	} names[] = {
		{NFPROTO_INET, "inet"},     {NFPROTO_IPV4, "ip"},       {NFPROTO_ARP, "arp"},
		{NFPROTO_NETDEV, "netdev"}, {NFPROTO_BRIDGE, "bridge"}, {NFPROTO_IPV6, "ip6"},
	};
	for (size_t i = 0; i < array_len(names); i++)
		if (names[i].family == family)
			return names[i].name;
	return "unknown";
}

static const char *hook_name(unsigned family, uint32_t hook)
{
	static const char *const packets[] = {"prerouting", "input",       "forward",
					      "output",     "postrouting", "ingress"};
	static const char *const arp[] = {"input", "output"};
	static const char *const device[] = {"ingress", "egress"};
	if (family == NFPROTO_ARP)
		return hook < array_len(arp) ? arp[hook] : "unknown";
	if (family == NFPROTO_NETDEV)
		return hook < array_len(device) ? device[hook] : "unknown";
	return hook < array_len(packets) ? packets[hook] : "unknown";
}

struct chain {
	struct text hook, policy, type;
};

struct nft {
	struct gather *gather;
	struct firewall *firewall;
	struct arena *arena;
	struct map *chains;          /* "FAMILY TABLE CHAIN" (with NUL between) to struct chain */
	struct map *sets;            /* the question to struct elements */
	unsigned family, generation; /* family: of the rule at hand */
	struct text table;
	bool dated; /* generation is known */
	struct text *why;
	bool failed; /* *why says why */
};

static void end_nft(struct nft *nft)
{
	map_free(&nft->chains);
	map_free(&nft->sets);
}

static bool fail(struct nft *nft, const char *why)
{
	*nft->why = text_of(why);
	nft->failed = true;
	return false;
}

static bool fail_answer(struct nft *nft)
{
	return fail(nft, "what the kernel tells of nftables is not what it should be");
}

static bool is_same_ruleset(struct nft *nft, const struct netfilter_message *message)
{
	if (nft->dated && nft->generation != message->generation)
		return fail(nft, "the ruleset of nftables was changed while it was read");
	nft->dated = true;
	nft->generation = message->generation;
	return true;
}

static struct text chain_key(struct nft *nft, unsigned family, struct text table, struct text chain)
{
	scoped(buf_end) struct buf key = {0};
	buf_print(&key, "%u", family);
	buf_char(&key, '\0');
	buf_text(&key, table);
	buf_char(&key, '\0');
	buf_text(&key, chain);
	return arena_text(nft->arena, buf_view(&key));
}

/* -------- chains -------- */

static bool read_hook(struct nft *nft, const struct netfilter_message *message, struct chain *chain)
{
	struct text hook = attribute_find(message->attributes, NFTA_CHAIN_HOOK),
		    policy = attribute_find(message->attributes, NFTA_CHAIN_POLICY),
		    type = attribute_find(message->attributes, NFTA_CHAIN_TYPE);
	uint32_t number, verdict = NF_ACCEPT;
	if (!hook.at)
		return true;
	if (!attribute_number(attribute_find(hook, NFTA_HOOK_HOOKNUM), &number) ||
	    (policy.at && !attribute_number(policy, &verdict)))
		return fail_answer(nft);
	chain->hook = text_of(hook_name(message->family, number));
	chain->policy = verdict == NF_DROP ? TEXT("drop") : TEXT("accept");
	chain->type = arena_text(nft->arena, attribute_string(type));
	return true;
}

static struct firewall_rule *add(struct nft *nft, const struct netfilter_message *message,
				 struct text table, struct text chain)
{
	struct firewall_rule *rule = firewall_add(nft->firewall);
	if (!rule) {
		(void)!fail(nft, "more than 100000 chains and rules");
		return NULL;
	}
	*rule = (struct firewall_rule){.family = text_of(family_name(message->family)),
				       .table = arena_text(nft->arena, table),
				       .chain = arena_text(nft->arena, chain),
				       .path = TEXT(PATH)};
	return rule;
}

static bool take_chain(struct nft *nft, const struct netfilter_message *message)
{
	struct text table = attribute_string(attribute_find(message->attributes, NFTA_CHAIN_TABLE)),
		    name = attribute_string(attribute_find(message->attributes, NFTA_CHAIN_NAME));
	struct chain *chain = arena_get(nft->arena, 1, sizeof(*chain));
	if (table.len == 0 || name.len == 0)
		return fail_answer(nft);
	if (!read_hook(nft, message, chain))
		return false;
	struct firewall_rule *rule = add(nft, message, table, name);
	if (!rule)
		return false;
	map_put(nft->chains, chain_key(nft, message->family, table, name), chain);
	rule->is_chain = true;
	rule->hook = chain->hook;
	rule->policy = chain->policy;
	rule->type = chain->type;
	scoped(buf_end) struct buf text = {0};
	buf_cstr(&text, "chain ");
	buf_printable(&text, name, NFT_NAME_MAXLEN);
	if (chain->hook.len > 0)
		buf_print(&text, " { type %.*s hook %.*s; policy %.*s; }", TEXT_ARG(chain->type),
			  TEXT_ARG(chain->hook), TEXT_ARG(chain->policy));
	rule->text = arena_text(nft->arena, buf_view(&text));
	return true;
}

/* -------- rules -------- */

static void put_hex(struct buf *out, struct text text)
{
	char hex[2 * NFT_NAME_MAXLEN + 1];
	text_put_hex(text.at, text.len < NFT_NAME_MAXLEN ? text.len : NFT_NAME_MAXLEN, hex);
	buf_cstr(out, hex);
}

static const struct elements *find_elements(void *data, struct text name)
{
	struct nft *nft = data;
	struct text answer, why;
	scoped(buf_end) struct buf question = {0};
	buf_print(&question, "nftables elements %u ", nft->family);
	put_hex(&question, nft->table);
	buf_char(&question, ' ');
	put_hex(&question, name);
	struct elements *elements = map_get(nft->sets, buf_view(&question));
	if (elements)
		return elements;
	if (gather_ask(nft->gather, buf_view(&question), &answer, &why) != GATHER_OK)
		return NULL;
	elements = arena_get(nft->arena, 1, sizeof(*elements));
	if (!element_parse(answer, nft->arena, elements)) {
		(void)!fail_answer(nft);
		return NULL;
	}
	map_put(nft->sets, buf_view(&question), elements);
	return elements;
}

/* Read when the first number is met; what can't be read is known by number alone. */
static struct text find_interface(void *data, uint32_t index)
{
	struct nft *nft = data;
	const struct interfaces *interfaces;
	struct text why;
	if (interface_read(nft->gather, &interfaces, &why) != GATHER_OK)
		return (struct text){0};
	const struct interface *interface = interface_find(interfaces, index);
	return interface ? interface->name : (struct text){0};
}

/* A comment, among what nft wrote down for itself: a byte for the kind (0), one for the length. */
static struct text find_comment(struct text data)
{
	while (data.len >= 2) {
		size_t len = (unsigned char)data.at[1];
		if (len > data.len - 2)
			break;
		if (data.at[0] == 0)
			return attribute_string((struct text){data.at + 2, len});
		data = (struct text){data.at + 2 + len, data.len - 2 - len};
	}
	return (struct text){0};
}

static bool take_rule(struct nft *nft, const struct netfilter_message *message)
{
	struct text list = message->attributes,
		    table = attribute_string(attribute_find(list, NFTA_RULE_TABLE)),
		    chain = attribute_string(attribute_find(list, NFTA_RULE_CHAIN)),
		    comment = find_comment(attribute_find(list, NFTA_RULE_USERDATA));
	const struct expression_host host = {find_elements, find_interface, nft};
	bool full;
	if (table.len == 0 || chain.len == 0)
		return fail_answer(nft);
	struct firewall_rule *rule = add(nft, message, table, chain);
	const struct chain *of = map_get(nft->chains,
					 chain_key(nft, message->family, table, chain));
	if (!rule)
		return false;
	if (of) {
		rule->hook = of->hook;
		rule->policy = of->policy;
		rule->type = of->type;
	}
	if (comment.len > 0)
		rule->comment = arena_text(nft->arena, comment);
	nft->family = message->family;
	nft->table = table;
	if (!expression_parse(attribute_find(list, NFTA_RULE_EXPRESSIONS), &host, nft->firewall,
			      &full))
		return nft->failed ? false : fail_answer(nft);
	return !nft->failed && (!full || fail(nft, "more than 100000 chains and rules"));
}

/* -------- the ruleset -------- */

/* An example's ruleset, as nft would list it. */
static enum gather_answer read_lines(struct nft *nft, struct text answer)
{
	size_t head = sizeof(ASK_LINES) - 1;
	struct text lines = {answer.at + head, answer.len - head};
	return nftfile_parse(nft->gather, lines, nft->firewall, nft->why) ? GATHER_OK
									  : GATHER_FAILED;
}

static enum gather_answer read_list(struct nft *nft, const char *question,
				    bool (*take_one)(struct nft *nft,
						     const struct netfilter_message *message))
{
	struct netfilter_message message;
	struct text answer;
	bool broken;
	enum gather_answer how = gather_ask(nft->gather, text_of(question), &answer, nft->why);
	if (how != GATHER_OK)
		return how;
	if (text_starts(answer, ASK_LINES))
		return read_lines(nft, answer);
	while (netfilter_next(&answer, &message, &broken)) {
		if (arena_left(nft->arena) < GATHER_ARENA_SPARE) {
			(void)!fail(nft, "this run has read as much as it may keep in memory");
			return GATHER_FAILED;
		}
		if (!is_same_ruleset(nft, &message) || !take_one(nft, &message))
			return GATHER_FAILED;
	}
	if (broken)
		(void)!fail_answer(nft);
	return broken ? GATHER_FAILED : GATHER_OK;
}

enum gather_answer nft_read(struct gather *gather, struct firewall *firewall, struct text *why)
{
	scoped(end_nft) struct nft nft = {.gather = gather,
					  .firewall = firewall,
					  .arena = gather_arena(gather),
					  .chains = map_new(),
					  .sets = map_new(),
					  .why = why};
	enum gather_answer answer = read_list(&nft, "nftables chains", take_chain);
	return answer == GATHER_OK ? read_list(&nft, "nftables rules", take_rule) : answer;
}
