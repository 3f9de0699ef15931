@echo off
rem What a double click starts on Windows.
cd /d "%~dp0"
set machine=x86_64
if /i "%PROCESSOR_ARCHITECTURE%"=="ARM64" set machine=aarch64
set program=programs\windows-%machine%\muster.exe
if not exist "%program%" (
  echo This stick has no program for Windows, only for:
  dir /b programs
  echo Copy the programs for this computer into programs\windows-%machine% and start again.
  pause
  exit /b 1
)
for /f "usebackq eol=# tokens=1,* delims==" %%a in ("muster.env") do set "%%a=%%b"
"%program%" serve
pause
