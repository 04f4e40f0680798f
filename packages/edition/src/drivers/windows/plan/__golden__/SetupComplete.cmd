@echo off
"%ProgramFiles%\Imprint\imprint-agent.exe" first-boot
