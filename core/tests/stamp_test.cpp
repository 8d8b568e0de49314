#include "portcullis/stamp.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "exact_copy.hpp"

namespace portcullis {
namespace {

constexpr const char* kId = "AAECAwQFBgcICQoLDA0ODw";
constexpr const char* kMac = "dGhpcyBpcyBubyBNQUMgYnV0IDMyIGJ5dGVzIGxvbmc";

std::string written(const std::string& counter) {
  return std::string("v1.") + kId + "." + counter + "." + kMac;
}

Code parse(const std::string& text) {
  Stamp out;
  return parse_stamp(ExactCopy(text).view(), out);
}

TEST(Stamps, RoundTrip) {
  Stamp stamp;
  const std::string text = written("42");
  ASSERT_EQ(parse_stamp(text, stamp), Code::kAllowed);
  EXPECT_EQ(stamp.key_id, kId);
  EXPECT_EQ(stamp.counter, 42u);
  EXPECT_EQ(stamp.mac, kMac);
}

TEST(Stamps, LeaveTheResultUnchangedOnError) {
  Stamp stamp;
  const std::string text = written("42");
  ASSERT_EQ(parse_stamp(text, stamp), Code::kAllowed);
  EXPECT_EQ(parse_stamp(written("0"), stamp), Code::kStampInvalid);
  EXPECT_EQ(stamp.counter, 42u);
}

TEST(Stamps, AreInvalidIfAPartIsMissing) {
  const std::string text = written("7");
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_EQ(parse(text.substr(0, size)), Code::kStampInvalid) << size;
    EXPECT_EQ(parse(text.substr(text.size() - size)), Code::kStampInvalid) << size;
  }
}

TEST(Stamps, WithAnyByteChangedDifferOrAreInvalid) {
  const std::string text = written("7");
  std::set<std::string> taken;
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (int c = 0; c < 256; ++c) {
      std::string changed = text;
      changed[at] = static_cast<char>(c);
      Stamp stamp;
      if (parse_stamp(ExactCopy(changed).view(), stamp) != Code::kAllowed) continue;
      EXPECT_TRUE(changed == text || taken.insert(changed).second);
      EXPECT_EQ(changed.size(), text.size());
    }
  }
  // 21 + 42 places with 63 other characters; the last ones have 2 and 4 unused bits; 8 other digits
  EXPECT_EQ(taken.size(), 63u * 63 + 3 + 15 + 8);
}

TEST(Stamps, HaveADistinctTextForEachCall) {
  std::set<std::string> texts;
  std::string text;
  for (const char* caller : {"@host", "hello", "hello-page"}) {
    for (const char* method : {"GET", "POST"}) {
      for (const char* target : {"/api/x", "/api/x?", "/api/x?1", "/api/x/1"}) {
        for (const std::uint64_t counter : {1ULL, 11ULL}) {
          stamp_message(text, kId, caller, method, target, counter);
          EXPECT_TRUE(texts.insert(text).second) << text;
        }
      }
    }
  }
  for (const std::string_view change : {kPageRelease, kPageSuspend, kPageResume}) {
    page_message(text, kId, change, 1);
    EXPECT_TRUE(texts.insert(text).second) << text;
  }
  EXPECT_EQ(texts.size(), 3u * 2 * 4 * 2 + 3);
}

TEST(Stamps, ReplaceTheText) {
  std::string text = "what was there";
  stamp_message(text, kId, kHostCaller, "GET", "/", 1);
  EXPECT_EQ(text.rfind("portcullis-stamp-v1\n", 0), 0u);
  page_message(text, kId, kPageSuspend, 2);
  EXPECT_EQ(text, std::string("portcullis-page-v1\n") + kId + "\nsuspend\n2");
}

}  // namespace
}  // namespace portcullis
