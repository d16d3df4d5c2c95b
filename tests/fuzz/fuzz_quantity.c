#include "format/quantity.h"

#include "fuzz.h"

static int sign(int number)
{
	return (number > 0) - (number < 0);
}

/* The first line and the rest are two quantities, whatever kind they are. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct text rest = {(const char *)bytes, len}, first = {"", 0};
	struct address address, network;
	uint64_t size;
	unsigned mode;

	if (!text_next(&rest, '\n', &first) || rest.at == NULL)
		rest = first;
	(void)(quantity_read_size(first, &size) || quantity_read_size(rest, &size));
	if (quantity_read_mode(first, &mode))
		must(mode <= 07777);
	int order = sign(quantity_compare_version(first, rest));
	must(order == -sign(quantity_compare_version(rest, first)));
	must(quantity_compare_version(first, first) == 0);
	if (quantity_read_address(first, &address)) {
		must(address.prefix <= 128);
		must(quantity_is_within(&address, &address));
		if (quantity_read_address(rest, &network) && quantity_is_within(&address, &network))
			must(address.prefix >= network.prefix);
	}
	if (quantity_is_wild_match(first, rest, false))
		must(quantity_is_wild_match(first, rest, true));
	must(quantity_is_wild_match(TEXT("*"), rest, false));
	return 0;
}
