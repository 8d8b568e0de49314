#include "enforce/operator_token.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "temp_folder.hpp"

namespace portcullis::bff {
namespace {

using testing::TempFolder;
using testing::write_text;

class OperatorTokenTest : public ::testing::Test {
 protected:
  void write(unsigned mode) {
    write_text(file, "a-long-enough-token\n");
    ASSERT_EQ(::chmod(file.c_str(), mode), 0);
  }
  TempFolder folder;
  const std::filesystem::path file = folder / "operator.token";
};

TEST_F(OperatorTokenTest, AFileReadableByOthersIsRejected) {
  for (const unsigned mode : {0644U, 0640U, 0604U, 0620U, 0602U, 0666U, 0610U, 0601U}) {
    write(mode);
    const std::string problem = OperatorToken::problem_with(file);
    EXPECT_NE(problem.find("chmod 600 " + file.string()), std::string::npos) << problem;
    OperatorToken token;
    token.set_file(file);
    EXPECT_FALSE(token.matches("a-long-enough-token")) << mode;
  }
  for (const unsigned mode : {0600U, 0400U, 0700U}) {
    write(mode);
    EXPECT_EQ(OperatorToken::problem_with(file), "");
    OperatorToken token;
    token.set_file(file);
    EXPECT_TRUE(token.matches("a-long-enough-token")) << mode;
  }
}

TEST_F(OperatorTokenTest, IsRejectedOnceOthersCanReadIt) {
  write(0600);
  OperatorToken token;
  token.set_file(file);
  EXPECT_TRUE(token.matches("a-long-enough-token"));
  ASSERT_EQ(::chmod(file.c_str(), 0644), 0);
  EXPECT_FALSE(token.matches("a-long-enough-token"));
  ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
  EXPECT_TRUE(token.matches("a-long-enough-token"));
}

TEST_F(OperatorTokenTest, AcceptsFilesOfWindowsEditors) {
  write_text(file,
             "\xef\xbb\xbf"
             "a-long-enough-token\r\n");
  ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
  OperatorToken token;
  token.set_file(file);
  EXPECT_TRUE(token.matches("a-long-enough-token"));
}

TEST_F(OperatorTokenTest, AMissingFileIsFineAndAFolderIsNot) {
  EXPECT_EQ(OperatorToken::problem_with({}), "");
  EXPECT_EQ(OperatorToken::problem_with(file), "");
  EXPECT_NE(OperatorToken::problem_with(folder / "."), "");
}

}  // namespace
}  // namespace portcullis::bff
