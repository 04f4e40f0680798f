process.stdout.write('imprint-agent\n');
