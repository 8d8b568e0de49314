#include "portcullis/nearest.hpp"

#include <gtest/gtest.h>

namespace portcullis {
namespace {

TEST(Nearest, AllowsTwoEdits) {
  const auto near = [](std::string_view word) {
    return nearest(word, {"signing", "session", "stamps", "required", "spa"});
  };
  EXPECT_EQ(near("sining"), "signing");
  EXPECT_EQ(near("singing"), "signing");
  EXPECT_EQ(near("SIGNING"), "signing");
  EXPECT_EQ(near("stamp"), "stamps");
  EXPECT_EQ(near("tsamps"), "stamps");  // two neighbours swapped
  EXPECT_EQ(near("requird"), "required");
  EXPECT_EQ(near("rquird"), "required");
  EXPECT_EQ(near("spas"), "spa");
}

TEST(Nearest, IgnoresWordsWithLittleInCommon) {
  const auto near = [](std::string_view word) {
    return nearest(word, {"signing", "spa", "required", "id"});
  };
  EXPECT_EQ(near("sgnn"), "");
  EXPECT_EQ(near("sp"), "spa");
  EXPECT_EQ(near("s"), "");
  EXPECT_EQ(near("ie"), "");
  EXPECT_EQ(near(""), "");
  EXPECT_EQ(near(std::string(1000, 'a')), "");
  EXPECT_EQ(nearest("a", std::vector<std::string>{}), "");
}

TEST(Nearest, PrefersTheNearerOfTwo) {
  EXPECT_EQ(nearest("bundel", {"bundles", "bundle"}), "bundle");
  EXPECT_EQ(nearest("expires_in", {"expires_at", "expires_in_s"}), "expires_in_s");
  EXPECT_EQ(nearest("tokens", {"token", "tokens2"}), "token");
}

}  // namespace
}  // namespace portcullis
