#include "store.h"

const struct store_port *const contract_port = &store_memory;
