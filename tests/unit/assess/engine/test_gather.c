#include "assess/engine/gather.h"
#include "unit.h"
