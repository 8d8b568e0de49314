#include "http/build_list.hpp"

#include <gtest/gtest.h>

namespace portcullis::bff {
namespace {

using Files = std::set<std::string, std::less<>>;

TEST(BuildList, ListsFilesNamedByHash) {
  EXPECT_EQ(
      hashed_files(R"({
    "_shared-BxYz0123.js": {"file": "assets/shared-BxYz0123.js", "name": "shared"},
    "index.html": {"file": "assets/index-uzVmdSAR.js", "name": "index", "src": "index.html",
                   "isEntry": true, "css": ["assets/index-DiwrgTda.css"],
                   "assets": ["assets/logo-Ab3_dEf9.svg"]},
    "src/logo.svg": {"file": "assets/logo-Ab3_dEf9.svg", "src": "src/logo.svg"},
    "node_modules/font/Inter-Regular.woff2": {"file": "assets/Inter-Regular-a-_b1234.woff2",
                                              "src": "node_modules/font/Inter-Regular.woff2"},
    "src/app-settings.ts": {"file": "assets/app-settings.Zz9_0123456789.js", "name": "app-settings"}
  })"),
      (Files{"assets/shared-BxYz0123.js", "assets/index-uzVmdSAR.js", "assets/index-DiwrgTda.css",
             "assets/logo-Ab3_dEf9.svg", "assets/Inter-Regular-a-_b1234.woff2",
             "assets/app-settings.Zz9_0123456789.js"}));
}

TEST(BuildList, IgnoresNamesThatTheSourceAlreadyHas) {
  EXPECT_TRUE(hashed_files(R"({
    "src/app-settings.ts": {"file": "assets/app-settings.js", "name": "app-settings"},
    "src/theme-defaults.css": {"file": "assets/theme-defaults.css", "src": "src/theme-defaults.css"},
    "src/Inter-SemiBold.woff2": {"file": "assets/Inter-SemiBold.woff2", "src": "src/Inter-SemiBold.woff2"},
    "src/main.ts": {"file": "assets/main-short12.js", "name": "main", "css": ["assets/other-AAAAAAA1.css"]},
    "src/x.ts": {"file": "x", "name": ""}
  })")
                  .empty());
}

TEST(BuildList, IsEmptyForAnInvalidManifest) {
  for (const char* text : {"", "[]", "null", "{", "{\"a\":1}", "{\"a\":{\"file\":1,\"css\":{}}}",
                           "{\"a\":{\"css\":[1]}}"}) {
    EXPECT_TRUE(hashed_files(text).empty()) << text;
  }
}

}  // namespace
}  // namespace portcullis::bff
