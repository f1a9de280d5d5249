// Starts the server and shows the proofs that it tells.

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");
const { selectors, programArguments } = require("./client-settings");

let client;

function makeClient() {
  const settings = vscode.workspace.getConfiguration("stein");
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const run = { command: settings.get("path"), args: programArguments(settings), options: { cwd: folder } };
  return new LanguageClient("stein", "stein", { run, debug: run }, {
    documentSelector: selectors(settings.get("languages")),
    middleware: {
      // The lens above a statement asks for its proof, which is shown beside it.
      async executeCommand(command, args, next) {
        const proof = await next(command, args);
        if (command === "stein.prove" && typeof proof === "string") {
          const text = proof.replace(/^```text\n|\n```$/g, "");
          const document = await vscode.workspace.openTextDocument({ content: text });
          await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preview: true, preserveFocus: true });
        }
        return proof;
      },
    },
  });
}

async function start() {
  client = makeClient();
  try {
    await client.start();
  } catch (error) {
    const program = vscode.workspace.getConfiguration("stein").get("path");
    const chosen = await vscode.window.showErrorMessage(`stein: \`${program}\` cannot be started: ${error.message}`, "Settings");
    if (chosen) await vscode.commands.executeCommand("workbench.action.openSettings", "stein.path");
  }
}

async function stop() {
  const running = client;
  client = undefined;
  if (running?.needsStop()) await running.stop();
}

async function activate(context) {
  const restart = async () => {
    await stop();
    await start();
  };
  context.subscriptions.push(
    vscode.commands.registerCommand("stein.restart", restart),
    vscode.workspace.onDidChangeConfiguration((change) => change.affectsConfiguration("stein") && restart()),
  );
  await start();
}

module.exports = { activate, deactivate: stop };
