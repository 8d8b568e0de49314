// The release of Abseil that the files of this overlay stand in for. Another one fails here: read
// what changed in each file that includes this one, then state the new release.
#pragma once

#include "absl/base/config.h"

static_assert(ABSL_LTS_RELEASE_VERSION == 20260817,
              "cmake/overlay/wasm stands in for another Abseil");
